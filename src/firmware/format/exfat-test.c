/* exFAT: mkfs.exfat makes an empty one, files are written into it here, and fsck.exfat agrees. */
#include "firmware/unpack/test-tree.h"

typedef struct {
  guint8 *data;
  gsize size, table, heap, cluster;
  guint32 root, next;  /* next: the first cluster that is free */
  gsize bitmap, entry; /* where the map is, and where the root's entries end */
} Exfat;

static guint32 get32(const guint8 *at) {
  return (guint32)at[0] | (guint32)at[1] << 8 | (guint32)at[2] << 16 | (guint32)at[3] << 24;
}

static void put32(guint8 *at, guint32 value) {
  for (guint i = 0; i < 4; i++)
    at[i] = (guint8)(value >> 8 * i);
}

static gsize place_of(const Exfat *self, guint32 cluster) {
  return self->heap + (gsize)(cluster - 2) * self->cluster;
}

static bool is_used(const Exfat *self, guint32 cluster) {
  return (self->data[self->bitmap + (cluster - 2) / 8] >> (cluster - 2) % 8 & 1) != 0;
}

/* Source: Microsoft, "exFAT file system specification", 3.1 and 6.3. */
static bool make(TreeFixture *self, Exfat *out) {
  TreePacking packing = {"empty", "mkfs.exfat,fsck.exfat",
                         "truncate -s 256K image; mkfs.exfat -b 4096 -c 2048 image >/dev/null"};
  if (!tree_pack(self, &packing))
    return false;
  g_autoptr(GBytes) image = image_load(self->image);
  out->size = g_bytes_get_size(image);
  out->data = g_memdup2(g_bytes_get_data(image, NULL), out->size);
  gsize sector = (gsize)1 << out->data[108];
  out->table = get32(out->data + 80) * sector;
  out->heap = get32(out->data + 88) * sector;
  out->cluster = sector << out->data[109];
  out->root = get32(out->data + 96);
  for (out->entry = place_of(out, out->root); out->data[out->entry] != 0; out->entry += 32)
    if (out->data[out->entry] == 0x81)
      out->bitmap = place_of(out, get32(out->data + out->entry + 20));
  for (out->next = 2; is_used(out, out->next);)
    out->next++;
  return true;
}

/* Clusters for a content, every second one where it is a chain; the first. */
static guint32 put_content(Exfat *self, const void *data, gsize size, bool is_run) {
  guint32 first = self->next, before = 0;
  for (gsize at = 0; at < size; at += self->cluster) {
    guint32 cluster = self->next;
    memcpy(self->data + place_of(self, cluster), (const guint8 *)data + at,
           MIN(size - at, self->cluster));
    self->data[self->bitmap + (cluster - 2) / 8] |= (guint8)(1u << (cluster - 2) % 8);
    if (!is_run)
      put32(self->data + self->table + cluster * 4, 0xffffffff);
    if (!is_run && before != 0)
      put32(self->data + self->table + before * 4, cluster);
    before = cluster;
    self->next += is_run ? 1 : 2;
  }
  return size > 0 ? first : 0;
}

static void seal(guint8 *set, gsize size) {
  guint16 sum = 0;
  for (gsize i = 0; i < size; i++)
    if (i != 2 && i != 3)
      sum = (guint16)((sum << 15 | sum >> 1) + set[i]);
  set[2] = (guint8)sum;
  set[3] = (guint8)(sum >> 8);
}

static guint16 hash_of(const gunichar2 *name, glong length) {
  guint16 hash = 0;
  for (glong i = 0; i < length; i++) {
    gunichar2 unit = name[i] < 128 ? (gunichar2)g_ascii_toupper((char)name[i]) : name[i];
    hash = (guint16)((hash << 15 | hash >> 1) + (unit & 0xff));
    hash = (guint16)((hash << 15 | hash >> 1) + (unit >> 8));
  }
  return hash;
}

/* A set of entries at `at`; where the next one goes. */
static gsize put_set(Exfat *self, gsize at, const char *name, guint8 attributes, guint32 first,
                     gsize size, bool is_run) {
  glong length = 0;
  g_autofree gunichar2 *units = g_utf8_to_utf16(name, -1, NULL, &length, NULL);
  guint secondary = 1 + (guint)(length + 14) / 15;
  guint8 *set = self->data + at, *stream = set + 32;
  set[0] = 0x85;
  set[1] = (guint8)secondary;
  set[4] = attributes;
  put32(set + 8, 0x58210000);
  put32(set + 12, 0x58210000);
  put32(set + 16, 0x58210000);
  stream[0] = 0xc0;
  stream[1] = (guint8)(1 | (is_run ? 2 : 0));
  stream[3] = (guint8)length;
  stream[4] = (guint8)hash_of(units, length);
  stream[5] = (guint8)(hash_of(units, length) >> 8);
  put32(stream + 8, (guint32)size);
  put32(stream + 20, first);
  put32(stream + 24, (guint32)size);
  for (glong i = 0; i < length; i++) {
    guint8 *entry = set + 64 + i / 15 * 32;
    entry[0] = 0xc1;
    entry[2 + i % 15 * 2] = (guint8)units[i];
    entry[3 + i % 15 * 2] = (guint8)(units[i] >> 8);
  }
  seal(set, (secondary + 1) * 32);
  return at + (secondary + 1) * 32;
}

static void put_file(Exfat *self, const char *name, const void *data, gsize size, bool is_run) {
  guint32 first = put_content(self, data, size, is_run);
  self->entry = put_set(self, self->entry, name, 0x20, first, size, is_run);
}

static AkFirmwareTree *open_it(const Exfat *self) {
  g_autoptr(GBytes) image = g_bytes_new(self->data, self->size);
  return image_open(image, NULL);
}

static void assert_bytes(const AkFirmwareTree *tree, const char *path, const void *data,
                         gsize size) {
  const AkNode *node = image_find(tree, path);
  if (node == NULL || node->bytes == NULL)
    g_error("%s is not there", path);
  g_assert_true(node->no_mode);
  g_assert_cmpmem(g_bytes_get_data(node->bytes, NULL), g_bytes_get_size(node->bytes), data, size);
}

/* One file in a run, one in a chain, an empty one, a folder with one. */
static void fill(Exfat *self, GBytes *noise) {
  guint8 folder[2048] = {0};
  put_file(self, "shadow", damage_shadow, strlen(damage_shadow), true);
  put_file(self, "A name that is longer than one entry holds.bin", g_bytes_get_data(noise, NULL),
           g_bytes_get_size(noise), false);
  put_file(self, "空.txt", "", 0, false);
  guint32 inner = put_content(self, "inner", 5, true);
  guint32 cluster = put_content(self, folder, sizeof folder, false);
  put_set(self, place_of(self, cluster), "inner", 0x20, inner, 5, true);
  self->entry = put_set(self, self->entry, "folder", 0x10, cluster, self->cluster, false);
}

static void test_whole(TreeFixture *self, gconstpointer data) {
  Exfat exfat = {0};
  g_autoptr(GBytes) noise = image_noise(9000, 4);
  if (!make(self, &exfat))
    return;
  g_autoptr(AkFirmwareTree) empty = open_it(&exfat);
  g_autofree char *nothing = ak_firmware_tree_cuts(empty);
  g_assert_cmpstr(nothing, ==, "");
  fill(&exfat, noise);
  image_put(self->top, "image", exfat.data, exfat.size);
  image_run(self->top, "/usr/sbin/fsck.exfat -n image");
  g_autoptr(AkFirmwareTree) tree = open_it(&exfat);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(cuts, ==, "");
  assert_bytes(tree, "/shadow", damage_shadow, strlen(damage_shadow));
  assert_bytes(tree, "/A name that is longer than one entry holds.bin",
               g_bytes_get_data(noise, NULL), 9000);
  assert_bytes(tree, "/空.txt", "", 0);
  assert_bytes(tree, "/folder/inner", "inner", 5);
  g_assert_true(image_is_clean(tree));
  g_free(exfat.data);
}

static void test_damage(TreeFixture *self, gconstpointer data) {
  Exfat exfat = {0};
  if (!make(self, &exfat))
    return;
  put_file(&exfat, "shadow", damage_shadow, strlen(damage_shadow), true);
  g_autoptr(GBytes) image = g_bytes_new_take(exfat.data, exfat.size);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_true(damage_finds_hash(tree));
  g_assert_true(image_is_clean(tree));
  damage_cut_everywhere(image, 19997);
  damage_flip_everywhere(image, false, 19997);
}

/* States in which something is missing, doubled or hidden. */
static void test_states(TreeFixture *self, gconstpointer data) {
  static const char *const reasons[] = {"#free@",          "in use and belongs to nothing",
                                        "something else",  "another checksum",
                                        "a damaged entry", "#slack@",
                                        "it does",         "not put away cleanly"};
  for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++) {
    Exfat exfat = {0};
    if (!make(self, &exfat))
      return;
    gsize first = exfat.entry;
    put_file(&exfat, "shadow", damage_shadow, strlen(damage_shadow), false);
    gsize content = place_of(&exfat, exfat.next - 2);
    if (i == 0)
      memcpy(exfat.data + place_of(&exfat, exfat.next + 5), "hidden", 6);
    if (i == 1)
      exfat.data[exfat.bitmap + (exfat.next + 3) / 8] |= 1;
    if (i == 2)
      put_set(&exfat, exfat.entry, "other", 0x20, exfat.next - 2, 9, true);
    if (i == 3)
      exfat.data[200] ^= 1;
    if (i == 4)
      exfat.data[first + 5] ^= 1;
    if (i == 5)
      memcpy(exfat.data + content + 1400, "hidden", 6);
    if (i == 6) {
      put32(exfat.data + first + 32 + 8, 5000);
      put32(exfat.data + first + 32 + 24, 5000);
      seal(exfat.data + first, 96);
    }
    if (i == 7)
      exfat.data[106] |= 2;
    g_autoptr(AkFirmwareTree) tree = open_it(&exfat);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_test_message("%s", cuts);
    g_assert_nonnull(strstr(cuts, reasons[i]));
    g_assert_false(image_is_clean(tree));
    g_free(exfat.data);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/exfat/whole", TreeFixture, NULL, tree_set_up, test_whole, tree_tear_down);
  g_test_add("/exfat/damage", TreeFixture, NULL, tree_set_up, test_damage, tree_tear_down);
  g_test_add("/exfat/states", TreeFixture, NULL, tree_set_up, test_states, tree_tear_down);
  return g_test_run();
}
