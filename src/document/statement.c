#include "document/statement.h"

#include <string.h>

#define MAX_FOUND 32
#define MAX_SHOWN 80 /* bytes of one of them */

/* Words for numbers up to what a policy would write out. */
#define NUMBER                                                                                     \
  "(?:[0-9]{1,4}|[０-９]{1,4}|[一二三四五六七八九十]{1,3}|an?|one|two|three|four|five|six|seven|"          \
  "eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|forty|sixty|ninety)"
#define ENGLISH_UNIT "(?:minutes?|hours?|days?|weeks?|fortnights?|months?|quarters?|years?)"
#define JAPANESE_UNIT "(?:分|時間|日|営業日|稼働日|週間|週|か月|ヶ月|カ月|ヵ月|箇月|月|年)"
#define MONTH                                                                                      \
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"               \
  "sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"

/* One row a way of saying it; `shown` NULL: as written. Plain repetitions alone, so that matching takes time
 * linear in the text. */
static const struct {
  AkStatement kind;
  const char *shown, *pattern;
} patterns[] = {
    {AK_STATEMENT_CONTACT, "mail", "[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\\.[a-z0-9-]{1,63}){1,8}"},
    {AK_STATEMENT_CONTACT, "mail", "[a-z0-9._%+-]{1,64}\\s?[\\[(]\\s?at\\s?[\\])]\\s?[a-z0-9-]{1,63}"},
    {AK_STATEMENT_CONTACT, "url", "https?://[a-z0-9\\[][^\\s\"'<>]{2,200}"},
    {AK_STATEMENT_CONTACT, "url", "\\bwww\\.[a-z0-9-]{1,63}\\.[a-z]{2,24}"},
    {AK_STATEMENT_CONTACT, "telephone", "(?:\\+|\\b0)[0-9](?:[ ()./-]{0,2}[0-9]){6,14}"},
    {AK_STATEMENT_TIME, NULL,
     "\\b" NUMBER "(?:[ -](?:working|business|calendar|full|consecutive))?[ -]" ENGLISH_UNIT "\\b"},
    {AK_STATEMENT_TIME, NULL, NUMBER "\\s?" JAPANESE_UNIT},
    {AK_STATEMENT_TIME, NULL, "\\b(?:hourly|daily|weekly|fortnightly|monthly|quarterly)\\b"},
    {AK_STATEMENT_TIME, NULL, "毎(?:日|週|月)|(?:翌|当)(?:日|営業日)"},
    {AK_STATEMENT_DATE, NULL, "\\b20[0-9]{2}-[01][0-9](?:-[0-3][0-9])?\\b"},
    {AK_STATEMENT_DATE, NULL, "20[0-9]{2}\\s?[年/.]\\s?[01]?[0-9](?:\\s?[月/.]\\s?[0-3]?[0-9])?"},
    {AK_STATEMENT_DATE, NULL, "(?:令和|西暦)\\s?[0-9]{1,4}\\s?年"},
    {AK_STATEMENT_DATE, NULL, "\\b" MONTH "\\.? (?:[0-3]?[0-9],? )?20[0-9]{2}\\b"},
    {AK_STATEMENT_DATE, NULL, "\\b20[0-9]{2}\\b"},
};

static void add(GHashTable *found, const char *text) {
  g_autofree char *shown = g_strndup(text, MAX_SHOWN);
  g_autofree char *valid = g_utf8_make_valid(shown, -1);
  if (g_hash_table_size(found) < MAX_FOUND && !g_hash_table_contains(found, valid))
    g_hash_table_add(found, g_steal_pointer(&valid));
}

/* No G_REGEX_OPTIMIZE: a worker has no memory that could hold made code. */
static void match_all(const char *text, const char *pattern, const char *shown, GHashTable *found) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_CASELESS, 0, &error);
  g_assert_no_error(error); /* the patterns are constants of this file */
  g_autoptr(GMatchInfo) match = NULL;
  g_regex_match(regex, text, 0, &match);
  while (g_match_info_matches(match) && g_hash_table_size(found) < MAX_FOUND) {
    g_autofree char *hit = g_match_info_fetch(match, 0);
    add(found, shown != NULL ? shown : hit);
    if (shown != NULL)
      return; /* once is enough */
    g_match_info_next(match, NULL);
  }
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GStrv ak_statement_find(const char *text, AkStatement kind) {
  g_autoptr(GHashTable) found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++)
    if (patterns[i].kind == kind)
      match_all(text, patterns[i].pattern, patterns[i].shown, found);
  GPtrArray *texts = g_ptr_array_new();
  GHashTableIter iter;
  gpointer key = NULL;
  g_hash_table_iter_init(&iter, found);
  while (g_hash_table_iter_next(&iter, &key, NULL))
    g_ptr_array_add(texts, g_strdup(key));
  g_ptr_array_sort(texts, compare_texts);
  g_ptr_array_add(texts, NULL);
  return (GStrv)g_ptr_array_free(texts, FALSE);
}
