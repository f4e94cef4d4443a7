#include "CPlurals.h"

typedef struct UPluralRules UPluralRules;

UPluralRules *swift_uplrules_open(const char *locale, int *status);
void swift_uplrules_close(UPluralRules *rules);
int32_t swift_uplrules_select(const UPluralRules *rules, double number, uint16_t *keyword,
                              int32_t capacity, int *status);

int outcry_plural_category(const char *language, int64_t number, char *category) {
    int status = 0;
    uint16_t keyword[16];
    UPluralRules *rules = swift_uplrules_open(language, &status);
    if (rules == 0 || status > 0) return -1;
    int32_t length = swift_uplrules_select(rules, (double)number, keyword, 16, &status);
    swift_uplrules_close(rules);
    if (status > 0 || length < 0 || length > 15) return -1;
    for (int32_t i = 0; i < length; i++) category[i] = (char)keyword[i];
    category[length] = 0;
    return 0;
}
