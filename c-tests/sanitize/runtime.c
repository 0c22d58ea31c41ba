/*
 * What LLVM, which compiles Rust, wants of a sanitizer's runtime and what gcc's does not have under these names. The
 * functions that are called here are watched by the runtime.
 */
#include <string.h>

#if defined(__SANITIZE_THREAD__)

void *__tsan_memcpy(void *to, const void *from, size_t len);
void *__tsan_memmove(void *to, const void *from, size_t len);
void *__tsan_memset(void *to, int byte, size_t len);

void *__tsan_memcpy(void *to, const void *from, size_t len)
{
    return memcpy(to, from, len);
}

void *__tsan_memmove(void *to, const void *from, size_t len)
{
    return memmove(to, from, len);
}

void *__tsan_memset(void *to, int byte, size_t len)
{
    return memset(to, byte, len);
}

#else

typedef int nothing_is_missing;

#endif
