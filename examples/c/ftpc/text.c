#define _XOPEN_SOURCE 700

#include "text.h"

#include <string.h>
#include <wchar.h>

size_t text_character(const char *text, size_t len, uint32_t *character)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least; /* what is less is written with fewer bytes */
    } forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t size = 1; size <= 4 && size <= len; size++) {
        if ((bytes[0] & forms[size - 1].mask) != forms[size - 1].lead)
            continue;
        uint32_t value = bytes[0] & (unsigned char)~forms[size - 1].mask;
        for (size_t i = 1; i < size; i++) {
            if ((bytes[i] & 0xC0) != 0x80)
                return 0;
            value = value << 6 | (bytes[i] & 0x3F);
        }
        if (value < forms[size - 1].least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
            return 0;
        *character = value;
        return size;
    }
    return 0;
}

bool text_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* Writes the next character of a name to out, which has room for 32 bytes, and its columns to width. Returns how many bytes it read. */
static size_t show(const char *text, size_t len, char *out, size_t *width)
{
    uint32_t character;
    size_t size = text_character(text, len, &character);
    if (size == 1 && character == '\\') {
        strcpy(out, "\\\\");
    } else if (size > 0 && !text_is_control(character)) {
        int columns = wcwidth((wchar_t)character);
        memcpy(out, text, size);
        out[size] = '\0';
        *width = columns < 0 ? 1 : (size_t)columns;
        return size;
    } else {
        out[0] = '\0';
        if (size == 0)
            size = 1;
        for (size_t i = 0; i < size; i++)
            snprintf(out + 4 * i, 5, "\\x%02x", (unsigned)(unsigned char)text[i]);
    }
    *width = strlen(out);
    return size;
}

void text_print_name(FILE *file, const char *name, size_t len)
{
    char out[32];
    size_t width;
    for (size_t i = 0; i < len;) {
        i += show(name + i, len - i, out, &width);
        fputs(out, file);
    }
}

size_t text_width(const char *name, size_t len)
{
    char out[32];
    size_t width, sum = 0;
    for (size_t i = 0; i < len; sum += width)
        i += show(name + i, len - i, out, &width);
    return sum;
}

void text_print(FILE *file, const char *text)
{
    char out[32];
    size_t width, len = strlen(text);
    for (size_t i = 0; i < len;) {
        if (text[i] == '\n' || text[i] == '\\') {
            fputs(text[i] == '\n' ? "; " : "\\", file);
            i++;
            continue;
        }
        i += show(text + i, len - i, out, &width);
        fputs(out, file);
    }
}
