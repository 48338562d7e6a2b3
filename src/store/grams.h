/* Texts for searching: folded, and cut into grams, the pairs of neighbouring characters. Pure.
 *
 * Japanese is written without spaces and many of its words have two characters, so pairs are what
 * finds them; no part of either back end does. A gram is an integer: first character << 21 |
 * second, or second 0 for a wide character alone. */
#pragma once

#include <glib.h>

/* The form in which texts are compared: NFKC, case folded, runs of white space and control
 * characters one space, at most `max_chars` characters. Invalid UTF-8 becomes U+FFFD. Caller frees.
 */
char *ak_grams_fold(const char *text, gsize max_chars);

/* The distinct grams of a folded text, sorted: GArray of gint64, the caller's. Those with a space
 * are left out. */
GArray *ak_grams_of(const char *folded);

/* For a folded word of a question: its pairs, or for a single wide character that character's gram;
 * empty for a single narrow one, by which nothing can be found. */
GArray *ak_grams_of_word(const char *folded_word);
