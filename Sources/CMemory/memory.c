// jemalloc (http://jemalloc.net) takes the place of the C library's malloc in the whole program: many
// threads with many small pieces cost it an eighth less of a signature (Docs/benchmarks.md). It reads
// this name before anything is allocated: two arenas, since each one has its holes, and half a second
// until what was freed goes back to the system.
const char *malloc_conf = "narenas:2,dirty_decay_ms:500,muzzy_decay_ms:0";
