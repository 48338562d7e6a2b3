#include "core/reason.h"

#include <string.h>

static void expect(AkLang lang, const char *reason, const char *told) {
  g_autofree char *got = ak_reason_text(lang, reason);
  g_assert_cmpstr(got, ==, told);
}

/* Written by hand from the formats' sentences; paths and names of formats stay. */
static void test_reasons(void) {
  static const struct {
    const char *reason, *told;
  } rows[] = {
      {"ends too early", "途中で終わっています"},
      {"fat: damaged boot sector", "fat: ブートセクターが壊れています"},
      {"squashfs-old: this file's blocks are damaged",
       "squashfs-old: このファイルのブロックが壊れています"},
      {"squashfs-old: /etc/a b: its inode is damaged",
       "squashfs-old: /etc/a b: inodeが壊れています"},
      {"squashfs: /etc/passwd: file data (libsquashfs -3)",
       "squashfs: /etc/passwd: ファイルのデータが壊れています（libsquashfs -3）"},
      {"cramfs: /bin/: a damaged folder", "cramfs: /bin/: フォルダーが壊れています"},
      {"iso: a damaged link in bin/", "iso: リンクが壊れています（bin/）"},
      {"tar: damaged header at 512", "tar: ヘッダーが壊れています（位置512）"},
      {"ar: something else beside a file, at 68", "ar: ファイルの横に別のものがあります（位置68）"},
      {"ext: /a: inode 12: damaged extents", "ext: /a: inode 12: エクステントが壊れています"},
      {"ext: inode 12 is in a folder and not in use",
       "ext: inode 12：フォルダーにありますが、使用中ではありません"},
      {"fat: cluster 7 is in use and belongs to nothing",
       "fat: クラスター7：使用中ですが、何にも属していません"},
      {"zip: 3 entries where the directory counts 5",
       "zip: エントリが3個あります（ディレクトリの記載は5個）"},
      {"uf2: 3 of 8 blocks of family e48bff56",
       "uf2: ファミリーe48bff56のブロック8個のうち3個しかありません"},
      {"sparse: chunk 3: damaged header", "sparse: チャンク3: ヘッダーが壊れています"},
      {"uefi: compression section at 40: lzma: damaged or ends too early",
       "uefi: 位置40のcompressionセクション：lzma: 壊れているか、途中で終わっています"},
      {"4096 bytes not searched to their end: more than 60000 ms were used",
       "4096バイトを最後まで調べていません（使ったミリ秒が60000を超えました）"},
      {"zip archive that does not open", "zipアーカイブで、開けません"},
      {"ubifs: its journal was not replayed: files may be older than what was written last; it is "
       "damaged",
       "ubifs: "
       "ジャーナルが反映されていないため、ファイルは最後に書かれたものより古いかもしれません; "
       "それが壊れています"},
      {"not: the image was not read in full: a.fat: fat: its two tables differ",
       "調べていない部分あり：イメージに読み取れなかった部分があります： a.fat: fat: "
       "二つの表が異なります"},
      {"not: files that look packed or encrypted were not opened: a!/x, and 2 more",
       "調べていない部分あり：圧縮または暗号化されたように見え、開けなかったファイルがあります： "
       "a!/x, 他に2件"},
      {"the limit of files", "ファイル数の上限に達しました"},
      {"its settings are not in the image", "設定がイメージに含まれていません"},
      {"a shell without a log-in is started on a condition",
       "ログインなしのシェルが、条件によって起動されます"},
      {"not: a database of packages that is not read",
       "調べていない部分あり：読み取れないパッケージの一覧があります"},
      {"its section headers are damaged", "セクションヘッダーが壊れています"},
      {"offset 16: 2 bytes wanted, 1 left", "位置16：2バイト必要ですが、残りは1バイトです"},
      {"9 program headers of 3 bytes", "各3バイトのプログラムヘッダー9個は読み取れません"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    expect(AK_LANG_JA, rows[i].reason, rows[i].told);
    expect(AK_LANG_EN, rows[i].reason, rows[i].reason);
  }
}

static void test_places(void) {
  static const char sealed[] =
      "files that look packed or encrypted were not opened: a!/x, a!/y, a!/z, and 12 more";
  static const char gaps[] = "the image was not read in full: code (arm), 4096 bytes at 0x40 of a "
                             "b; a!#0: damaged header; and 2 more";
  static const char bare[] =
      "data, 87 bytes at 0x44 of fw; fw!#0: xz: ends too early; something else; and 3 more";
  expect(
      AK_LANG_JA, bare,
      "fwの0x44から87バイト（データ）; fw!#0: xz: 途中で終わっています; something else; 他に3件");
  expect(AK_LANG_EN, sealed, sealed);
  expect(AK_LANG_EN, gaps, gaps);
  expect(AK_LANG_JA, sealed,
         "圧縮または暗号化されたように見え、開けなかったファイルがあります： a!/x, a!/y, a!/z, "
         "他に12件");
  expect(AK_LANG_JA, gaps,
         "イメージに読み取れなかった部分があります： a bの0x40から4096バイト（プログラム (arm)）; "
         "a!#0: ヘッダーが壊れています; 他に2件");
}

/* What was seen stays as it is, but where akashi's own sentences say it. */
static void test_values(void) {
  static const struct {
    const char *property;
    bool is_seen;
    const char *text, *told;
  } rows[] = {
      {"service-at-boot.risk", false, "its arguments come from variables",
       "引数が変数で与えられています"},
      {"service-at-boot.name", true, "its arguments come from variables",
       "its arguments come from variables"},
      {"service-at-boot.start", true, "sysvinit S30a b", "sysvinit S30a b"},
      {"service-at-boot.start", true, "inittab respawn, on a condition", "inittab respawn（条件付き）"},
      {"service-at-boot.start", true, "boot script, on a condition", "起動スクリプト（条件付き）"},
      {"secret.credential", true, "password: no memory", "password: no memory"},
      {"service-at-boot.not-understood", true, "/etc/a b.conf: its settings are not known",
       "/etc/a b.conf: 設定の意味が分かりません"},
      {"service-at-boot.configurations", true, "3 of 14 files understood", "14件のうち3件を理解"},
      {"elf.risky-path", true, "RPATH /tmp/x: everybody may write there",
       "RPATH /tmp/x: 誰でも書き込めます"},
      {"elf.risky-path", true, "RPATH : empty: the folder that the program is started in",
       "RPATH : 空欄：プログラムを起動したときのフォルダーになります"},
      {"kernel-module.signatures", true, "1 of 2 modules", "モジュール2個のうち1個"},
      {"secret.certificate-note", true, "expired 2021-03-04", "期限切れ（2021-03-04）"},
      {"secret.certificate-note", true, "RSA 1024", "RSA 1024"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *ja =
        ak_reason_value_text(AK_LANG_JA, rows[i].property, rows[i].is_seen, rows[i].text);
    g_autofree char *en =
        ak_reason_value_text(AK_LANG_EN, rows[i].property, rows[i].is_seen, rows[i].text);
    g_assert_cmpstr(ja, ==, rows[i].told);
    g_assert_cmpstr(en, ==, rows[i].text);
  }
}

/* Names that look like sentences of ours, and what nobody knows, stay as they are. */
static void test_names(void) {
  expect(AK_LANG_JA, "something else", "something else");
  expect(AK_LANG_JA, "/damaged header", "/damaged header");
  expect(AK_LANG_JA, "a: damaged header: something else", "a: damaged header: something else");
  expect(AK_LANG_JA, "/a at 5", "/a at 5");
  expect(AK_LANG_JA, "damaged header at %n", "damaged header at %n");
  expect(AK_LANG_JA, "a at 5 at 5 at 5 at 5 at 5", "a at 5 at 5 at 5 at 5 at 5");
  expect(AK_LANG_JA, "/damaged header: no name: gzip: no memory",
         "/damaged header: no name: gzip: メモリが足りません");
  expect(AK_LANG_JA, "files that look packed or encrypted were not opened: a!/x: damaged header",
         "圧縮または暗号化されたように見え、開けなかったファイルがあります： a!/x: damaged header");
  expect(AK_LANG_JA, "", "");
  expect(AK_LANG_JA, "files that look packed or encrypted were not opened: a!/and 3 more",
         "圧縮または暗号化されたように見え、開けなかったファイルがあります： a!/and 3 more");
  expect(AK_LANG_JA, "the image was not read in full:  bytes at 0x of ",
         "イメージに読み取れなかった部分があります：  bytes at 0x of ");
}

/* --- what the sources say --------------------------------------------------------------------- */

/* A sentence of the sources as it comes out: each conversion with something in its place. */
static char *sample_of(const char *sentence) {
  g_autoptr(GRegex) number = g_regex_new("%[0-9]*[uxd]", 0, 0, NULL);
  g_autofree char *text = g_regex_replace_literal(number, sentence, -1, 0, "7", 0, NULL);
  g_auto(GStrv) parts = g_strsplit(text, "%s", -1);
  return g_strjoinv("X", parts);
}

/* Told in full: no two English words stand side by side. */
static void expect_told(const char *place, const char *sentence) {
  g_autofree char *sample = sample_of(sentence), *told = ak_reason_text(AK_LANG_JA, sample);
  if (strcmp(told, sample) != 0 && !g_regex_match_simple("[a-z]{2,} [a-z]{2,}", told, 0, 0))
    return;
  g_test_message("%s: not in Japanese: \"%s\" (a text reason.is.* in data/text)", place, sentence);
  g_test_fail();
}

static char *without(const char *text, const char *const *patterns) {
  char *left = g_strdup(text);
  for (gsize i = 0; patterns[i] != NULL; i++) {
    g_autoptr(GRegex) regex = g_regex_new(patterns[i], G_REGEX_DOTALL, 0, NULL);
    char *next = g_regex_replace_literal(regex, left, -1, 0, "", 0, NULL);
    g_free(left);
    left = next;
  }
  return left;
}

/* What is said that is no reason: what a descriptor tells, remarks, JSON. */
static const char *const no_reasons[] = {
    "\"(?:[^\"\\\\\\n]|\\\\.)*\"(*SKIP)(*FAIL)|'(?:[^'\\\\]|\\\\.)'|/\\*.*?\\*/",
    "sources\\[\\] = \\{.*?\\};",
    "\\.(title|help|stop_condition)_[a-z]+ =\\s*(\"[^\"]*\"\\s*)+",
    "json_pack\\(\\s*\"[^\"]*\"",
    "outputs\\[[A-Z_]*\\] = \\{.*?\\n\\};",
    "g_strdup_printf\\(\"#[^;]*;",
    NULL};

/* "more than %" G_GUINT64_FORMAT " bytes": macros between its quotes as what they print. */
static char *sentence_of(const char *literal) {
  g_autoptr(GRegex) format = g_regex_new("\"\\s*G_[A-Z0-9]+_FORMAT(\\s*\")?", 0, 0, NULL);
  g_autoptr(GRegex) modifier = g_regex_new("\"\\s*G_[A-Z0-9]+_MODIFIER\\s*\"", 0, 0, NULL);
  g_autoptr(GRegex) quotes = g_regex_new("(?<!\\\\)\"\\s*\"|(?<!\\\\)\"", 0, 0, NULL);
  g_autofree char *a = g_regex_replace_literal(format, literal, -1, 0, "u", 0, NULL);
  g_autofree char *b = g_regex_replace_literal(modifier, a, -1, 0, "", 0, NULL);
  g_autofree char *c = g_regex_replace_literal(quotes, b, -1, 0, "", 0, NULL);
  g_autofree char *d = g_strcompress(c);
  char *last = d + strlen(d);
  while (last > d && strchr(" ;", last[-1]) != NULL)
    *--last = '\0';
  return g_steal_pointer(&d);
}

/* Words for what was seen, which stay as they are, and a word of a compiler of rules. */
static const char *const seen[] = {"allow-insecure: yes",
                                   "block device",
                                   "built with the kernel",
                                   "character device",
                                   "control flow",
                                   "digest MD5",
                                   "full relro",
                                   "key of unknown kind PEM",
                                   "not understood",
                                   "server page",
                                   "special file",
                                   "systemd getty-generator",
                                   "trusted: yes",
                                   "unknown scheme",
                                   NULL};

/* Sentences begin small and have words; what only puts others together is told by them. */
static bool is_sentence(const char *text) {
  static const char *const joints[] = {"%s table: ",
                                       "%s: %s",
                                       "%s%s: %s",
                                       "cpio: %s",
                                       "tar: %s",
                                       "uefi: %s",
                                       "uefi-volume: %s",
                                       "ubi: %s",
                                       "iso: %s",
                                       "fdt: %s",
                                       "squashfs: %s: %s",
                                       "%s/: %s",
                                       "%s in %s/",
                                       "%s at %",
                                       "root folder: %s",
                                       "inode %u: %s",
                                       "inode %u, removed: %s",
                                       "%s (",
                                       "files that look packed",
                                       "%s, %",
                                       "%s %u:%u",
                                       "unknown type"};
  for (gsize i = 0; i < G_N_ELEMENTS(joints); i++)
    if (g_str_has_prefix(text, joints[i]))
      return false;
  return !g_strv_contains(seen, text) && (g_ascii_islower(*text) || *text == '%') &&
         strchr(text, ' ') != NULL && g_regex_match_simple("[a-z]{2}", text, 0, 0);
}

/* Each sentence of a format, or of unpacking. */
static guint expect_sentences(const char *place, const char *text) {
  g_autofree char *left = without(text, no_reasons);
  g_autoptr(GRegex) regex = g_regex_new("\"(?:[^\"\\\\\\n]|\\\\.)*\"(?:\\s*(?:G_[A-Z0-9]+_(?:"
                                        "FORMAT|MODIFIER)|\"(?:[^\"\\\\\\n]|\\\\.)*\"))*",
                                        0, 0, NULL);
  g_autoptr(GMatchInfo) match = NULL;
  guint count = 0;
  for (g_regex_match(regex, left, 0, &match); g_match_info_matches(match);
       g_match_info_next(match, NULL)) {
    g_autofree char *literal = g_match_info_fetch(match, 0), *sentence = sentence_of(literal);
    if (!is_sentence(sentence))
      continue;
    expect_told(place, sentence);
    count++;
  }
  return count;
}

/* Each sentence of an analysis but for what is put together from what was seen, looked for, or told
 * of data of akashi's own. */
static guint expect_analysis(const char *place, const char *text) {
  static const char *const others[] = {
      "g_strdup_printf\\((\\s*\"[^\"]*\")+", "g_string_(append_)?printf\\([^\";]*\"[^\"]*\"",
      "(memmem|setting)\\([^();]*?\"[^\"]*\"(, strlen\\(\"[^\"]*\"\\))?",
      "ak_error_set\\(error, AK_ERROR_[A-Z_]+,\\s*\"([^\"\\\\]|\\\\.)*\"", NULL};
  bool is_read = g_str_has_suffix(place, "/elf-read.c"); /* what it sets, a look tells */
  g_autofree char *plain = without(text, no_reasons);
  g_autofree char *left = is_read ? g_strdup(plain) : without(plain, others);
  return g_str_has_suffix(place, "/secret-pack.c") ? 0 : expect_sentences(place, left);
}

static guint walk(const char *room, guint (*expect_all)(const char *place, const char *text)) {
  g_autofree char *folder =
      g_build_filename(g_getenv("AKASHI_SOURCE_ROOT"), "src", "firmware", room, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
  g_assert_no_error(error);
  guint count = 0;
  for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
    if (!g_str_has_suffix(name, ".c") || g_str_has_suffix(name, "-test.c"))
      continue;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    count += expect_all(path, text);
  }
  return count;
}

static void test_sources(void) {
  g_assert_cmpuint(walk("analysis", expect_analysis), >=, 80);
  g_assert_cmpuint(walk("format", expect_sentences), >=, 300);
  g_assert_cmpuint(walk("unpack", expect_sentences), >=, 20);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/reason/reasons", test_reasons);
  g_test_add_func("/reason/places", test_places);
  g_test_add_func("/reason/values", test_values);
  g_test_add_func("/reason/names", test_names);
  g_test_add_func("/reason/sources", test_sources);
  return g_test_run();
}
