#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stop.h"
#include "text.h"

/* A UTF-16 unit in JSON. */
static void escape(uint32_t unit)
{
    printf("\\u%04" PRIx32, unit);
}

static void quote(const char *text, size_t len)
{
    putchar('"');
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t size = text_character(text + i, len - i, &c);
        if (size == 0)
            escape(0xDC00 + (unsigned char)text[i]);
        else if (c == '"' || c == '\\')
            printf("\\%c", (int)c);
        else if (text_is_control(c))
            escape(c);
        else
            fwrite(text + i, 1, size, stdout);
        i += size > 0 ? size : 1;
    }
    putchar('"');
}

static void key_of(const char *key)
{
    printf(",\"%s\":", key);
}

void json_begin(const char *event)
{
    printf("{\"event\":\"%s\"", event);
}

void json_text(const char *key, const char *text, size_t len)
{
    key_of(key);
    quote(text, len);
}

void json_string(const char *key, const char *text)
{
    if (text != NULL)
        json_text(key, text, strlen(text));
}

void json_number(const char *key, int64_t number)
{
    key_of(key);
    printf("%" PRId64, number);
}

void json_bool(const char *key, bool value)
{
    key_of(key);
    fputs(value ? "true" : "false", stdout);
}

void json_end(void)
{
    fputs("}\n", stdout);
    stop_if_nobody_reads();
}
