#ifndef PINGORA_ALLOCATION_COUNTER_H
#define PINGORA_ALLOCATION_COUNTER_H

#include <stdint.h>

/// Calls of malloc, calloc, realloc and the aligned variants on this thread since its start.
uint64_t allocation_count(void);

#endif
