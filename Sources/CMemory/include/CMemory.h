// Linked for what it does to memory, see memory.c; nothing is called here.
