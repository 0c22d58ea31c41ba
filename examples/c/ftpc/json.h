/*
 * One JSON object a line on standard output. A byte of a name that is not UTF-8, such as 0xE9, becomes "\udce9", as Python does it with
 * "surrogateescape": so a program gets all names, and can give them back.
 */
#ifndef FTPC_JSON_H
#define FTPC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins an object, whose first member is "event". */
void json_begin(const char *event);

/* A member with text; NULL leaves it out. */
void json_string(const char *key, const char *text);
void json_text(const char *key, const char *text, size_t len);

void json_number(const char *key, int64_t number);
void json_bool(const char *key, bool value);

/* Ends the object and its line, and writes it out. */
void json_end(void);

#endif
