/* Text from a server on a terminal: what could change the terminal, or mislead who reads it, is shown as \ and digits. */
#ifndef FTPC_TEXT_H
#define FTPC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reads the character of UTF-8 at the beginning of text. Returns its length in bytes, or 0 if there is none. */
size_t text_character(const char *text, size_t len, uint32_t *character);

/* Whether a character is a control character, or one that turns the direction of the text around it. */
bool text_is_control(uint32_t character);

/* Prints a message. Line ends become "; ". */
void text_print(FILE *file, const char *text);

/* Prints a name, so that two different names never look the same: a backslash is shown as two. */
void text_print_name(FILE *file, const char *name, size_t len);

/* How many columns of a terminal a name takes as text_print_name() prints it. */
size_t text_width(const char *name, size_t len);

#endif
