/* Mails → lines for a mail filter: {"mail": "…"} with the whole message. Unwanted ones come from
 * mails.json, wanted ones are the texts of http-work.json, written by its people. Source: RFC 5322;
 * RFC 2045; RFC 2047. */
#include <string.h>

#include "effect/corpus/starter.h"
#include "util/random.h"

typedef enum { PLAIN, BASE64, HTML, REPLY, WAYS } Way;

static const char *const way_names[WAYS] = {"plain", "base64", "html", "reply"};

typedef struct {
  AkEffectCorpus *corpus;
  const json_t *mails, *work;
  guint64 seed;
} Mails;

static const char *text_of(const json_t *array, gsize index) {
  const char *text = json_string_value(json_array_get(array, index));
  return text != NULL ? text : "";
}

/* A header's text as encoded words of at most 75 characters. Caller frees. */
static char *encode_word(const char *text) {
  enum { WORD_BYTES = 42 };
  if (g_str_is_ascii(text))
    return g_strdup(text);
  GString *out = g_string_new(NULL);
  for (gsize at = 0, size = strlen(text); at < size;) {
    gsize length = MIN((gsize)WORD_BYTES, size - at);
    while (at + length < size && ((guchar)text[at + length] & 0xc0) == 0x80)
      length--; /* a character is not cut in two */
    g_autofree char *base64 = g_base64_encode((const guchar *)text + at, length);
    g_string_append_printf(out, "%s=?UTF-8?B?%s?=", at > 0 ? "\r\n " : "", base64);
    at += length;
  }
  return g_string_free(out, FALSE);
}

static void add_body(GString *out, const char *text, Way way) {
  if (way == BASE64) {
    g_autofree char *base64 = g_base64_encode((const guchar *)text, strlen(text));
    g_string_append(
        out,
        "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    for (gsize at = 0; at < strlen(base64); at += 76)
      g_string_append_printf(out, "%.76s\r\n", base64 + at);
    return;
  }
  g_autofree char *escaped = g_markup_escape_text(text, -1);
  g_string_append_printf(
      out, "Content-Type: text/%s; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
      way == HTML ? "html" : "plain");
  if (way == HTML)
    g_string_append_printf(out, "<html><body><p>%s</p></body></html>\r\n", escaped);
  else if (way == REPLY)
    g_string_append_printf(out, "ありがとうございます。確認いたします。\r\n\r\n> %s\r\n", text);
  else
    g_string_append_printf(out, "%s\r\n", text);
}

typedef struct {
  const char *base, *name, *address, *subject, *text;
  bool attack;
  guint64 number;
} Letter;

static GBytes *line_of(const Letter *letter, Way way) {
  g_autofree char *subject = encode_word(letter->subject), *name = encode_word(letter->name);
  g_autoptr(GString) mail = g_string_new(NULL);
  g_string_append_printf(
      mail,
      "Received: from mail.%s ([192.0.2.%u]) by mx.example.jp with ESMTP; Mon, 01 Apr 2024 "
      "09:%02u:00 +0900\r\nFrom: \"%s\" <%s>\r\nTo: <desk@example.jp>\r\nSubject: %s%s\r\n"
      "Date: Mon, 01 Apr 2024 09:%02u:00 +0900\r\nMessage-ID: <%" G_GINT64_MODIFIER "x@%s>\r\n"
      "MIME-Version: 1.0\r\n",
      strchr(letter->address, '@') + 1, (guint)(letter->number % 200 + 1),
      (guint)(letter->number % 60), name, letter->address, way == REPLY ? "Re: " : "", subject,
      (guint)(letter->number % 60), letter->number, strchr(letter->address, '@') + 1);
  add_body(mail, letter->text, way);
  g_autoptr(json_t) line = json_pack("{s:s}", "mail", mail->str);
  char *text = json_dumps(line, JSON_COMPACT);
  GBytes *bytes = text != NULL ? g_bytes_new(text, strlen(text)) : NULL;
  free(text);
  return bytes;
}

static void add_letter(Mails *self, const Letter *letter, Way way) {
  GBytes *bytes = line_of(letter, way);
  const char *category[] = {letter->attack ? "attack:T1566" : "use:mail", NULL};
  if (bytes == NULL)
    return; /* a text that is no UTF-8: the count of cases in the test shows it */
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  one->id = g_strdup_printf("%s~%s", letter->base, way_names[way]);
  one->base = g_strdup(letter->base);
  one->kind = AK_EFFECT_LINE;
  one->attack = letter->attack;
  one->category = g_strdupv((char **)category);
  one->source = g_strdup("akashi");
  one->licence = g_strdup("Apache-2.0");
  one->bytes = bytes;
  g_ptr_array_add(self->corpus->cases, one);
}

static void add_unwanted(Mails *self, const char *list) {
  static const char *const senders[][2] = {{"Claims Agent", "winner@lottery.example"},
                                           {"カスタマーサポート", "info@secure-mail.example"},
                                           {"Billing", "billing@pay-now.example"},
                                           {"Admin", "admin@198-51-100-23.example"}};
  const json_t *rows = json_object_get(self->mails, list);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    guint64 number = ak_random_at(self->seed, i + 1000);
    g_autofree char *base = g_strdup_printf("%s-%02zu", list, i + 1);
    const char *const *sender = senders[number % G_N_ELEMENTS(senders)];
    Letter letter = {base, sender[0], sender[1], text_of(row, 0), text_of(row, 1), true, number};
    add_letter(self, &letter, PLAIN);
    add_letter(self, &letter, i % 2 == 0 ? BASE64 : HTML);
  }
}

static void add_wanted(Mails *self, const char *list, const char *subject) {
  const json_t *texts = json_object_get(self->work, list),
               *people = json_object_get(self->work, "people");
  for (gsize i = 0; i < json_array_size(texts) && json_array_size(people) > 0; i++) {
    guint64 number = ak_random_at(self->seed, i + 5000);
    const json_t *person =
        json_array_get(people, (gsize)ak_random_below(number, json_array_size(people)));
    g_autofree char *base = g_strdup_printf("%s-%03zu", list, i + 1);
    Letter letter = {
        base, text_of(person, 0), text_of(person, 2), subject, text_of(texts, i), false, number};
    add_letter(self, &letter, PLAIN);
    add_letter(self, &letter, i % 2 == 0 ? BASE64 : HTML);
    add_letter(self, &letter, REPLY);
  }
}

AkEffectCorpus *ak_starter_mails(const json_t *mails, const json_t *work, guint64 seed,
                                 GError **error) {
  g_autoptr(AkEffectCorpus) corpus = ak_effect_corpus_new("mails", AK_EFFECT_LINE);
  Mails self = {corpus, mails, work, seed};
  corpus->name = g_strdup("Unwanted and wanted mails");
  add_unwanted(&self, "bad_en");
  add_unwanted(&self, "bad_ja");
  add_wanted(&self, "texts_ja", "お問い合わせ");
  add_wanted(&self, "texts_en", "A question about your products");
  add_wanted(&self, "texts_doubtful", "Support request");
  return ak_effect_corpus_close(corpus, error) ? g_steal_pointer(&corpus) : NULL;
}
