/* Evidence as text with line numbers. */
#include "web/pages/evidence-form.h"

#include <string.h>

#define MAX_BYTES (4 * 1024 * 1024) /* what is longer is shown as bytes alone */
#define PAGE 500                    /* lines a page */
#define MAX_LINE 8192               /* bytes of a line that are shown */

/* What the bytes are taken for. UTF-16 is only believed with its mark. Source: Unicode Standard, 23.8. */
typedef enum { ASCII, UTF8, UTF16_LE, UTF16_BE, LATIN1 } Encoding;
static const struct {
  const char *name; /* shown */
  const char *from; /* for g_convert; NULL: as it is */
} encodings[] = {[ASCII] = {"ASCII", NULL},
                 [UTF8] = {"UTF-8", NULL},
                 [UTF16_LE] = {"UTF-16LE", "UTF-16LE"},
                 [UTF16_BE] = {"UTF-16BE", "UTF-16BE"},
                 [LATIN1] = {"ISO-8859-1?", "ISO-8859-1"}};

static Encoding encoding_of(const guint8 *data, gsize size) {
  if (size >= 2 && size % 2 == 0 && data[0] == 0xff && data[1] == 0xfe)
    return UTF16_LE;
  if (size >= 2 && size % 2 == 0 && data[0] == 0xfe && data[1] == 0xff)
    return UTF16_BE;
  bool is_ascii = true;
  for (gsize i = 0; i < size; i++)
    is_ascii = is_ascii && data[i] < 0x80;
  if (is_ascii)
    return ASCII;
  return g_utf8_validate_len((const char *)data, size, NULL) ? UTF8 : LATIN1;
}

/* Hardly any control characters but those of lines. */
static bool fits(const AkEvidenceBytes *bytes) {
  gsize control = 0;
  if (bytes->size == 0 || bytes->size > MAX_BYTES)
    return false;
  Encoding encoding = encoding_of(bytes->data, bytes->size);
  if (encoding == UTF16_LE || encoding == UTF16_BE)
    return true;
  for (gsize i = 0; i < bytes->size; i++) {
    guint8 byte = bytes->data[i];
    bool is_line = byte == '\n' || byte == '\r' || byte == '\t' || byte == 0x1b || byte == '\f';
    control += (byte < 0x20 && !is_line) || byte == 0x7f ? 1 : 0;
  }
  return control * 20 <= bytes->size;
}

/* The bytes as UTF-8 (invalid sequences replaced), and whether offsets are still those of the bytes. */
static char *decode(const AkEvidenceBytes *bytes, Encoding encoding, gsize *size, bool *is_same) {
  gsize skip = encoding == UTF16_LE || encoding == UTF16_BE ? 2 : 0;
  *is_same = encodings[encoding].from == NULL;
  *size = bytes->size;
  if (*is_same)
    return g_memdup2(bytes->data, bytes->size);
  char *text = g_convert_with_fallback((const char *)bytes->data + skip,
                                       (gssize)(bytes->size - skip), "UTF-8",
                                       encodings[encoding].from, "\xef\xbf\xbd", NULL, size, NULL);
  if (text != NULL)
    return text;
  *size = bytes->size;
  *is_same = true;
  return g_memdup2(bytes->data, bytes->size);
}

/* What turns the direction of writing or cannot be seen is shown by its number, so that a text reads as it is. */
static void append_visible(GString *out, const char *text, gsize size) {
  g_autofree char *valid = g_utf8_make_valid(text, (gssize)size);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    bool turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
                 c == 0x200f || c == 0x061c;
    bool hides = c == 0x200b || c == 0x200c || c == 0x200d || c == 0xfeff || c == 0x00ad;
    if (turns || hides || (c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0))
      g_string_append_printf(out, "‹U+%04X›", c);
    else
      g_string_append_unichar(out, c);
  }
}

typedef struct {
  const char *text;
  gsize size;
  bool is_same;
} Text;

static void add_line(AkHtml *html, const AkEvidenceBytes *bytes, const Text *text, gsize from,
                     gsize to, gsize number) {
  g_autofree char *name = g_strdup_printf("%" G_GSIZE_FORMAT, number);
  g_autoptr(GString) shown = g_string_new(NULL);
  gsize end = to > from && text->text[to - 1] == '\r' ? to - 1 : to;
  append_visible(shown, text->text + from, MIN(end - from, MAX_LINE));
  if (end - from > MAX_LINE)
    g_string_append(shown, " …");
  bool is_cited = text->is_same && ak_evidence_has_cited(bytes, from, MAX(to - from, 1));
  ak_html_open(html, "tr", NULL);
  ak_html_element(html, "th", name, "scope", "row", NULL);
  ak_html_open(html, "td", "dir", "auto", NULL);
  ak_html_element(html, is_cited ? "mark" : "span", shown->str, NULL);
  ak_html_close(html);
  ak_html_close(html);
}

static gsize count_lines(const Text *text) {
  gsize count = 0;
  for (gsize i = 0; i < text->size; i++)
    count += text->text[i] == '\n' ? 1 : 0;
  return text->size > 0 && text->text[text->size - 1] != '\n' ? count + 1 : count;
}

static void add_lines(AkHtml *html, const AkEvidenceBytes *bytes, const Text *text, gsize page) {
  gsize number = 1, at = 0;
  while (at < text->size && number <= (page + 1) * PAGE) {
    const char *end = memchr(text->text + at, '\n', text->size - at);
    gsize to = end != NULL ? (gsize)(end - text->text) : text->size;
    if (number > page * PAGE)
      add_line(html, bytes, text, at, to, number);
    at = to + 1;
    number++;
  }
}

static void show(AkHtml *html, const AkPageRequest *request, const AkEvidenceBytes *bytes) {
  const char *name = ak_text(request->lang, "web.view.text");
  Encoding encoding = encoding_of(bytes->data, bytes->size);
  Text text = {0};
  g_autofree char *decoded = decode(bytes, encoding, &text.size, &text.is_same);
  text.text = decoded;
  gsize lines = count_lines(&text), pages = MAX((lines + PAGE - 1) / PAGE, 1);
  gsize page = ak_evidence_page(request, bytes, pages, 0);
  g_autofree char *said = ak_text_format(request->lang, "web.encoding", encodings[encoding].name,
                                         (int)MIN(lines, G_MAXINT));
  ak_html_element(html, "p", said, "class", "note", NULL);
  ak_evidence_pager(html, request, page, pages);
  ak_html_open(html, "div", "class", "wide", "tabindex", "0", "role", "region", "aria-label", name,
               NULL);
  ak_html_open(html, "table", "class", "lines", NULL);
  ak_html_element(html, "caption", name, "class", "unseen", NULL);
  ak_html_open(html, "tbody", NULL);
  add_lines(html, bytes, &text, page);
  ak_page_table_end(html);
  ak_evidence_pager(html, request, page, pages);
}

const AkEvidenceForm ak_evidence_text_form = {
    .name = "text", .text_id = "web.view.text", .fits = fits, .show = show};
