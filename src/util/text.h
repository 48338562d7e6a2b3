/* Every text that a person reads, in Japanese and English, looked up by language and id.
 *
 * The texts stand in data/text/en/AREA.po and data/text/ja/AREA.po (msgid = id such as
 * "verify.done", msgstr = the text). A lookup takes the language as an argument, so that a server can serve both at once;
 * nothing depends on the process's locale.
 */
#pragma once

#include "util/error.h"

typedef enum { AK_LANG_EN, AK_LANG_JA } AkLang;
#define AK_LANG_COUNT 2

/* "en" or "ja". */
const char *ak_lang_name(AkLang lang);

/* From "ja", "ja_JP.UTF-8", "en", "C" …; anything unknown is English. NULL is allowed. */
AkLang ak_lang_from_name(const char *name);

/* The language that the environment asks for: AKASHI_LANG, LC_ALL, LC_MESSAGES, LANG, in this
 * order. */
AkLang ak_lang_from_environment(void);

/* The text of `id`; static lifetime. An unknown id returns the id itself (a test finds these). Any
 * thread. */
const char *ak_text(AkLang lang, const char *id);

/* As printf with the text of `id` as its format. Its %s and %d stand in the same order in both
 * languages or are numbered (%1$s); a test compares them. Caller frees. */
char *ak_text_format(AkLang lang, const char *id, ...);

/* Calls `visit` for each id of `lang`, sorted. */
void ak_text_foreach(AkLang lang, void (*visit)(const char *id, const char *text, gpointer data),
                     gpointer data);

/* Columns that `text` (UTF-8) takes on a terminal: wide characters take two, combining ones none. */
guint ak_text_width(const char *text);
