// The plural rules of the ICU that Foundation carries. Its functions are exported under names that
// begin with `swift_`, by macros that Swift cannot see; these few lines name the ones we need.
// They are no promised interface: LanguagesTests checks them against Debian's CLDR data.

#include <stdint.h>

/// The CLDR category (`zero`, `one`, `two`, `few`, `many`, `other`) of a whole number, written to
/// `category` (at least 16 bytes, ended by zero). Returns 0, or -1 if the rules are not to be had.
int outcry_plural_category(const char *language, int64_t number, char *category);
