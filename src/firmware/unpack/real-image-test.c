/* Images packed by the tools that makers use: each file comes back as it was. */
#include <sys/sysmacros.h>

#include "firmware/unpack/test-image.h"

typedef struct {
  char *top, *root, *image;
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->root = g_build_filename(self->top, "root", NULL);
  self->image = g_build_filename(self->top, "image", NULL);
  g_assert_cmpint(g_mkdir(self->root, 0755), ==, 0);
}

static void tear_down(Fixture *self, gconstpointer data) {
  image_remove_tree(self->top);
  g_free(self->top);
  g_free(self->root);
  g_free(self->image);
}

static const char *const plain_files[] = {
    "/etc/hello",      "/usr/lib/large.bin", "/empty",
    "/sparse",         "/name with\ttab",    "/日本語/ファイル",
    "/usr/bin/setuid", "/usr/bin/linked",    "/a/b/c/d/e/f/deep"};

static void fill(const Fixture *self) {
  g_autoptr(GBytes) noise = image_noise(300001, 1);
  g_autofree guint8 *zeros = g_malloc0(1 << 20);
  g_autofree char *setuid = g_build_filename(self->root, "usr/bin/setuid", NULL);
  image_put_text(self->root, "etc/hello", "hello\n");
  image_put(self->root, "usr/lib/large.bin", g_bytes_get_data(noise, NULL), 300001);
  image_put(self->root, "empty", "", 0);
  image_put(self->root, "sparse", zeros, 1 << 20);
  image_put_text(self->root, "name with\ttab", "tab");
  image_put_text(self->root, "日本語/ファイル", "名前");
  image_put_text(self->root, "usr/bin/setuid", "#!/bin/sh\n");
  g_assert_cmpint(g_chmod(setuid, 04755), ==, 0);
  image_run(self->root, "ln usr/bin/setuid usr/bin/linked");
  image_run(self->root, "ln -s ../../../../etc/shadow usr/link");
  image_run(self->root, "ln -s link usr/link-to-link");
  image_run(self->root, "mkfifo usr/pipe");
  image_put_text(self->root, "a/b/c/d/e/f/deep", "deep");
  for (guint i = 0; i < 400; i++) {
    g_autofree char *path = g_strdup_printf("many/file-%03u", i);
    image_put_text(self->root, path, path);
  }
}

/* The tab is shown escaped. */
static const char *shown(const char *path) {
  return strcmp(path, "/name with\ttab") == 0 ? "/name with\\x09tab" : path;
}

static void assert_same_file(const Fixture *self, const AkFirmwareTree *tree, const char *path) {
  g_autofree char *source = g_build_filename(self->root, path, NULL);
  g_autoptr(GBytes) bytes = image_load(source);
  struct stat st;
  g_assert_cmpint(lstat(source, &st), ==, 0);
  const AkNode *node = image_find(tree, shown(path));
  if (node == NULL)
    g_error("%s is not in the tree", path);
  g_assert_cmpint(node->type, ==, AK_NODE_FILE);
  g_assert_null(node->cut);
  g_assert_nonnull(node->bytes);
  g_assert_true(g_bytes_equal(node->bytes, bytes));
  g_assert_cmpuint(node->mode & 07777, ==, st.st_mode & 07777);
}

static void assert_same_tree(const Fixture *self, AkFirmwareTree *tree) {
  for (guint i = 0; i < G_N_ELEMENTS(plain_files); i++)
    assert_same_file(self, tree, plain_files[i]);
  for (guint i = 0; i < 400; i++) {
    g_autofree char *path = g_strdup_printf("/many/file-%03u", i);
    assert_same_file(self, tree, path);
  }
  const AkNode *link = image_find(tree, "/usr/link");
  g_assert_nonnull(link);
  g_assert_cmpint(link->type, ==, AK_NODE_SYMLINK);
  g_assert_cmpstr(link->target, ==, "../../../../etc/shadow");
  const AkNode *folder = image_find(tree, "/a/b/c");
  g_assert_nonnull(folder);
  g_assert_cmpint(folder->type, ==, AK_NODE_FOLDER);
}

static void assert_pipe(const AkFirmwareTree *tree) {
  const AkNode *pipe = image_find(tree, "/usr/pipe");
  g_assert_nonnull(pipe);
  g_assert_cmpint(pipe->type, ==, AK_NODE_OTHER);
  g_assert_cmpstr(pipe->target, ==, "fifo");
}

static void assert_complete(AkFirmwareTree *tree) {
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.unpack");
  const AkObservation *unknown = ak_sink_collector_find(seen, "firmware.unknown", "image");
  const AkObservation *files = ak_sink_collector_find(seen, "firmware.files", "image");
  g_assert_nonnull(unknown);
  g_assert_cmpint(unknown->outcome, ==, AK_OUTCOME_ABSENT);
  g_assert_nonnull(files);
  g_assert_cmpint(files->value.integer, ==, (gint64)G_N_ELEMENTS(plain_files) + 400);
  g_assert_true(image_is_clean(tree));
}

/* --- squashfs ----------------------------------------------------------------------------------
 */

static const char *const squashfs_options[] = {
    "-comp gzip",
    "-comp xz",
    "-comp xz -b 1M -Xbcj x86",
    "-comp gzip -b 4096",
    "-comp gzip -noI -noD -noF",
    "-comp gzip -noD",
    "-comp gzip -no-fragments",
    "-comp gzip -always-use-fragments -tailends",
    "-comp gzip -no-duplicates -no-sparse",
    "-comp gzip -nopad -no-exports",
    "-comp gzip -Xcompression-level 1 -Xwindow-size 8",
};

static void test_squashfs(Fixture *self, gconstpointer data) {
  fill(self);
  for (guint i = 0; i < G_N_ELEMENTS(squashfs_options); i++) {
    g_test_message("mksquashfs %s", squashfs_options[i]);
    if (!image_run(self->top, "mksquashfs root image -noappend -no-progress -no-xattrs %s",
                   squashfs_options[i]))
      return g_test_skip("mksquashfs is not installed");
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    assert_same_tree(self, tree);
    assert_pipe(tree);
    assert_complete(tree);
  }
}

/* A compressor that is not there ends in a cut, never in an image that looks empty. */
static void test_squashfs_of_other_compressors(Fixture *self, gconstpointer data) {
  static const char *const names[] = {"lzma", "lzo", "lz4", "zstd"};
  fill(self);
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    if (!image_run(self->top, "mksquashfs root image -noappend -no-progress -comp %s", names[i]))
      return g_test_skip("mksquashfs is not installed");
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_test_message("%s: %s", names[i], image_has_cut(tree) ? "cut" : "opened");
    if (image_has_cut(tree))
      g_assert_false(image_is_clean(tree));
    else
      assert_same_tree(self, tree);
  }
}

static void test_devices(Fixture *self, gconstpointer data) {
  image_put_text(self->root, "etc/hello", "hello\n");
  if (!image_run(self->top, "mksquashfs root image -noappend -no-progress -comp gzip "
                            "-p 'console c 600 5 7 5 1' -p 'disk b 660 0 6 8 0'"))
    return g_test_skip("mksquashfs is not installed");
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  const AkNode *console = image_find(tree, "/console"), *disk = image_find(tree, "/disk");
  g_assert_nonnull(console);
  g_assert_cmpint(console->type, ==, AK_NODE_OTHER);
  g_assert_cmpuint(console->mode & 0777, ==, 0600);
  g_assert_cmpuint(console->uid, ==, 5);
  g_assert_cmpuint(console->gid, ==, 7);
  g_assert_nonnull(disk);
  g_assert_cmpint(disk->type, ==, AK_NODE_OTHER);
  g_assert_cmpstr(console->target, ==, "char 5:1");
  g_assert_cmpstr(disk->target, ==, "block 8:0");
  g_assert_true(image_is_clean(tree));
}

/* --- uImage ------------------------------------------------------------------------------------
 */

static void pack_squashfs(const Fixture *self) {
  g_assert_true(image_run(self->top, "mksquashfs root squashfs -noappend -no-progress -comp xz"));
}

static void test_uimage(Fixture *self, gconstpointer data) {
  fill(self);
  pack_squashfs(self);
  if (!image_run(self->top, "mkimage -A arm -O linux -T filesystem -C none -n test -d squashfs "
                            "image"))
    return g_test_skip("mkimage is not installed");
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_same_tree(self, tree);
  assert_complete(tree);
}

/* Compressed a second time: uImage says gzip, and holds a squashfs. */
static void test_uimage_gzip(Fixture *self, gconstpointer data) {
  fill(self);
  pack_squashfs(self);
  g_assert_true(image_run(self->top, "gzip -n squashfs"));
  if (!image_run(self->top, "mkimage -A arm -O linux -T ramdisk -C gzip -n test -d squashfs.gz "
                            "image"))
    return g_test_skip("mkimage is not installed");
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_same_tree(self, tree);
  assert_complete(tree);
}

/* Each compression: as the image itself, and in a uImage that names it. */
static const struct {
  const char *tool, *command, *uimage; /* the word of mkimage -C */
} streams[] = {
    {"xz", "xz --format=lzma -c squashfs", "lzma"},
    {"xz", "xz --format=lzma --lzma1=lc=1,lp=2,pb=2,dict=8MiB -c squashfs", "lzma"},
    {"bzip2", "bzip2 -c squashfs", "bzip2"},
    {"zstd", "zstd -q -19 -c squashfs", "zstd"},
    {"zstd", "zstd -q --long=27 --no-check -c squashfs", "zstd"},
    {"lz4", "lz4 -q -c squashfs", "lz4"},
    {"lz4", "lz4 -q -9 -B4 -BD -BX --content-size -c squashfs", "lz4"},
    {"lz4", "lz4 -q -l -c squashfs", "lz4"},
};

static void test_streams(Fixture *self, gconstpointer data) {
  if (!image_has("mksquashfs,mkimage,xz,bzip2,zstd,lz4"))
    return;
  fill(self);
  pack_squashfs(self);
  for (guint i = 0; i < G_N_ELEMENTS(streams); i++) {
    g_test_message("%s", streams[i].command);
    image_run(self->top, "sh -c '%s >image'", streams[i].command);
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    assert_same_tree(self, tree);
    assert_complete(tree);
    image_run(self->top, "mkimage -A arm -O linux -T ramdisk -C %s -n test -d image wrapped",
              streams[i].uimage);
    g_autofree char *path = g_build_filename(self->top, "wrapped", NULL);
    g_autoptr(GBytes) wrapped = image_load(path);
    g_autoptr(AkFirmwareTree) inner = image_open(wrapped, NULL);
    assert_same_tree(self, inner);
    assert_complete(inner);
  }
}

#define MKE2FS "rm -f ../image; PATH=$PATH:/usr/sbin mke2fs -q -F "

/* The whole folder by each archiver; commands run in it and write ../image. */
static const struct {
  const char *tools, *command;
  bool has_no_pipes;
} archives[] = {
    {"tar", "tar --format=gnu -cf ../image ."},
    {"tar", "tar --format=ustar -cf ../image ."},
    {"tar", "tar --format=pax -cf ../image ."},
    {"tar", "tar --format=gnu --numeric-owner -b1 -cf ../image ."},
    {"tar,xz", "tar -cJf ../image ."},
    {"tar,zstd", "tar -c . | zstd -q >../image"},
    {"cpio", "find . | cpio --quiet -o -H newc >../image"},
    {"cpio", "find . -depth | cpio --quiet -o -H crc >../image"},
    {"cpio", "find . | cpio --quiet -o -H odc >../image"},
    {"zip", "rm -f ../image.zip; zip -q -y -r ../image.zip . && mv ../image.zip ../image", true},
    {"zip", "rm -f ../image.zip; zip -q -0 -y -r ../image.zip . && mv ../image.zip ../image", true},
    {"mke2fs", MKE2FS "-t ext2 -d . ../image 8M"},
    {"mke2fs", MKE2FS "-t ext2 -b 4096 -O ^sparse_super,^resize_inode,^filetype -d . ../image 8M"},
    {"mke2fs", MKE2FS "-t ext3 -d . ../image 12M"},
    {"mke2fs", MKE2FS "-t ext4 -d . ../image 16M"},
    {"mke2fs", MKE2FS "-t ext4 -b 1024 -O ^metadata_csum,^64bit -d . ../image 16M"},
    {"mke2fs", MKE2FS "-t ext4 -b 1024 -g 1024 -O ^flex_bg,64bit,^has_journal -d . ../image 16M"},
    {"mke2fs",
     MKE2FS "-t ext4 -O inline_data,quota,sparse_super2,metadata_csum_seed -d . ../image 16M"},
    {"mke2fs", MKE2FS "-t ext4 -O uninit_bg,^metadata_csum -I 128 -d . ../image 16M"},
    {"mke2fs", MKE2FS "-t ext4 -O orphan_file,mmp -d . ../image 16M"},
    {"cpio,gzip", "find . | cpio --quiet -o -H newc | gzip -9 >../image"},
};

static void test_archives(Fixture *self, gconstpointer data) {
  fill(self);
  for (guint i = 0; i < G_N_ELEMENTS(archives); i++) {
    if (!image_has(archives[i].tools))
      return;
    g_test_message("%s", archives[i].command);
    image_run(self->root, "sh -c '%s'", archives[i].command);
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_assert_cmpstr(cuts, ==, "");
    assert_same_tree(self, tree);
    if (!archives[i].has_no_pipes)
      assert_pipe(tree);
    assert_complete(tree);
  }
}

static const char fit_source[] =
    "/dts-v1/; / { description = \"test\"; #address-cells = <1>; images {"
    " filesystem { description = \"root\"; data = /incbin/(\"squashfs\"); type = \"ramdisk\";"
    "  arch = \"arm\"; os = \"linux\"; compression = \"none\";"
    "  hash-1 { algo = \"crc32\"; }; hash-2 { algo = \"sha1\"; }; hash-3 { algo = \"sha256\"; }; };"
    " tree { description = \"tree\"; data = /incbin/(\"tree.dtb\"); type = \"flat_dt\";"
    "  arch = \"arm\"; compression = \"none\"; hash { algo = \"sha512\"; }; }; };"
    "configurations { default = \"one\"; one { ramdisk = \"filesystem\"; fdt = \"tree\"; }; }; };";
static const char tree_source[] =
    "/dts-v1/; / { model = \"A test\"; chosen { bootargs = \"console=ttyS0\"; }; };";

/* Data in the tree, behind it, and at a place that is told from the start. */
static const char *const fit_options[] = {"", "-E", "-E -p 0x4000", "-E -B 0x1000"};

static void put_fit_parts(const Fixture *self) {
  image_put_text(self->top, "fit.its", fit_source);
  image_put_text(self->top, "tree.dts", tree_source);
  image_run(self->top, "dtc -q -o tree.dtb tree.dts");
}

static void test_fit(Fixture *self, gconstpointer data) {
  if (!image_has("mksquashfs,mkimage,dtc"))
    return;
  fill(self);
  pack_squashfs(self);
  put_fit_parts(self);
  for (guint i = 0; i < G_N_ELEMENTS(fit_options); i++) {
    g_test_message("mkimage %s", fit_options[i]);
    image_run(self->top, "mkimage %s -f fit.its image", fit_options[i]);
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_assert_cmpstr(cuts, ==, "");
    assert_same_tree(self, tree);
    assert_complete(tree);
    const AkNode *inner = image_find(tree, "#tree");
    g_assert_nonnull(inner);
    g_assert_cmpstr(inner->format, ==, "fdt");
    g_assert_true(inner->stays_leaf);
  }
}

/* A script is a text file. */
static void test_fit_script(Fixture *self, gconstpointer data) {
  if (!image_has("mkimage,dtc"))
    return;
  image_put_text(self->top, "fit.its",
                 "/dts-v1/; / { description = \"t\"; #address-cells = <1>; images { boot {"
                 " data = /incbin/(\"boot.cmd\"); type = \"script\"; compression = \"none\"; }; };"
                 "configurations { default = \"a\"; a { script = \"boot\"; }; }; };");
  image_put_text(self->top, "boot.cmd", "setenv bootargs quiet\nbootm\n");
  g_assert_true(image_run(self->top, "mkimage -f fit.its image"));
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  const AkNode *script = image_find(tree, "/boot.txt");
  g_assert_nonnull(script);
  g_assert_cmpmem(g_bytes_get_data(script->bytes, NULL), g_bytes_get_size(script->bytes), "setenv bootargs quiet\nbootm\n", 28);
  g_assert_true(ak_firmware_tree_is_complete(tree));
}

/* What mkimage leaves behind the tree are copies of what it moved; anything else there is looked at. */
static void test_fit_tail(Fixture *self, gconstpointer data) {
  if (!image_has("mksquashfs,mkimage,dtc"))
    return;
  fill(self);
  pack_squashfs(self);
  put_fit_parts(self);
  image_run(self->top, "mkimage -E -B 0x1000 -f fit.its image");
  for (guint i = 0; i < 2; i++) {
    g_autoptr(GBytes) image = image_load(self->image);
    guint8 *bytes = (guint8 *)g_bytes_get_data(image, NULL);
    if (i == 1)
      memcpy(bytes + 0x1000 - 40, "root:$1$abc$0123456789012345678901:0:0::", 40);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    const AkNode *tail = image_find(tree, "#gap");
    g_assert_cmpint(tail != NULL, ==, i == 1);
    g_assert_cmpint(ak_firmware_tree_is_complete(tree), ==, i == 0);
  }
}

/* Each kind of hash alone is held against the data. */
static void test_fit_hashes(Fixture *self, gconstpointer data) {
  static const char *const kinds[] = {"crc32", "sha1", "sha256", "sha512", "md5"};
  if (!image_has("mkimage,dtc"))
    return;
  image_put_text(self->top, "kernel", "the kernel's bytes, 32 and more..");
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autofree char *source = g_strdup_printf(
        "/dts-v1/; / { description = \"t\"; #address-cells = <1>; images { kernel {"
        " data = /incbin/(\"kernel\"); type = \"kernel\"; arch = \"arm\"; os = \"linux\";"
        " compression = \"none\"; load = <0>; entry = <0>; hash { algo = \"%s\"; }; }; };"
        "configurations { default = \"a\"; a { kernel = \"kernel\"; }; }; };",
        kinds[i]);
    image_put_text(self->top, "fit.its", source);
    image_run(self->top, "mkimage -f fit.its image");
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) sound = image_open(image, NULL);
    g_assert_null(ak_firmware_tree_node(sound, 0)->cut);
    gsize size = 0;
    guint8 *bytes = (guint8 *)g_bytes_get_data(image, &size);
    guint8 *kernel = memmem(bytes, size, "the kernel's", 12);
    g_assert_nonnull(kernel);
    kernel[4] ^= 1;
    g_autoptr(GBytes) changed = g_bytes_new(bytes, size);
    g_autoptr(AkFirmwareTree) weak = image_open(changed, NULL);
    g_assert_nonnull(ak_firmware_tree_node(weak, 0)->cut);
    g_assert_nonnull(strstr(ak_firmware_tree_node(weak, 0)->cut, "another digest"));
  }
}

/* States of a filesystem in which files are missing or more is there than files: never whole. */
static void test_ext_states(Fixture *self, gconstpointer data) {
  static const struct {
    const char *what, *command, *reason;
  } rows[] = {
      {"nothing", "true", NULL},
      {"journal", "debugfs -w -R \"feature needs_recovery\" image", "journal was not replayed"},
      {"removed", "debugfs -w -R \"rm etc/hello\" image", "free@"},
      {"unlinked", "debugfs -w -R \"unlink etc/hello\" image", "in use and stands in no folder"},
      {"state", "debugfs -w -R \"set_super_value state 0\" image", "put away cleanly"},
      {"features", "rm image; mke2fs -q -F -t ext4 -O bigalloc -d root image 8M", "features"},
      {"boot", "printf program | dd of=image conv=notrunc status=none", "boot"},
  };
  image_put_text(self->root, "etc/hello", "hello\n");
  for (guint i = 0; i < G_N_ELEMENTS(rows) && image_has("mke2fs,debugfs"); i++) {
    g_test_message("%s", rows[i].what);
    image_run(self->top,
              "sh -c 'PATH=$PATH:/usr/sbin; rm -f image; mke2fs -q -F -t ext4 -d root image 8M; "
              "%s 2>/dev/null'",
              rows[i].command);
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_assert_cmpint(image_is_clean(tree), ==, rows[i].reason == NULL);
    if (rows[i].reason != NULL && strstr(cuts, rows[i].reason) == NULL)
      g_error("%s: %s", rows[i].what, cuts);
  }
}

/* What is locked is named, and the look is cut; what is not is read. */
static void test_encrypted_zip(Fixture *self, gconstpointer data) {
  if (!image_has("zip"))
    return;
  image_put_text(self->root, "secret", "root:secret\n");
  image_put_text(self->root, "open", "open\n");
  image_run(self->root, "zip -q -P password ../image.zip secret");
  image_run(self->root, "zip -q ../image.zip open");
  g_autofree char *path = g_build_filename(self->top, "image.zip", NULL);
  g_autoptr(GBytes) image = image_load(path);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  const AkNode *secret = image_find(tree, "/secret");
  g_assert_nonnull(secret);
  g_assert_cmpstr(secret->cut, ==, "zip: encrypted");
  g_assert_null(secret->bytes);
  assert_same_file(self, tree, "/open");
  g_assert_false(image_is_clean(tree));
}

/* A program before the archive (self-extracting), offsets counted from either start. */
static void test_zip_behind_a_program(Fixture *self, gconstpointer data) {
  if (!image_has("zip"))
    return;
  image_put_text(self->root, "etc/hello", "hello\n");
  image_run(self->root, "zip -q -r ../files.zip .");
  image_run(self->top,
            "sh -c 'head -c 5000 /dev/urandom >program && cat program files.zip >image'");
  for (guint i = 0; i < 2; i++) {
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    assert_same_file(self, tree, "/etc/hello");
    g_assert_false(image_has_cut(tree));
    if (i == 0)
      image_run(self->top,
                "sh -c 'mv image image.zip && zip -q -A image.zip && mv image.zip image'");
  }
}

/* Names longer than a header holds, and a target that is. */
static void test_long_names(Fixture *self, gconstpointer data) {
  static const char *const commands[] = {"tar --format=gnu -cf ../image .",
                                         "tar --format=pax -cf ../image .",
                                         "sh -c \"find . | cpio --quiet -o -H newc >../image\""};
  g_autofree char *part = g_strnfill(120, 'n'), *target = g_strnfill(240, 't');
  g_autofree char *path = g_strdup_printf("%s/%s/%s", part, part, part);
  g_autofree char *shown_path = g_strconcat("/", path, NULL);
  image_put_text(self->root, path, "deep");
  image_run(self->root, "ln -s %s link", target);
  for (guint i = 0; i < G_N_ELEMENTS(commands) && image_has("tar,cpio"); i++) {
    g_test_message("%s", commands[i]);
    image_run(self->root, "%s", commands[i]);
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    const AkNode *link = image_find(tree, "/link");
    assert_same_file(self, tree, shown_path);
    g_assert_nonnull(link);
    g_assert_cmpstr(link->target, ==, target);
    g_assert_true(image_is_clean(tree));
  }
}

/* What archives hold that is no file, by number and kind. */
static void test_devices_in_archives(Fixture *self, gconstpointer data) {
  static const char *const commands[] = {"tar -cf ../image .",
                                         "sh -c \"find . | cpio --quiet -o -H newc >../image\"",
                                         "sh -c \"find . | cpio --quiet -o -H odc >../image\"",
                                         "sh -c \"" MKE2FS "-t ext2 -d . ../image 1M\"",
                                         "sh -c \"" MKE2FS "-t ext4 -d . ../image 4M\""};
  g_autofree char *node = g_build_filename(self->root, "console", NULL);
  image_put_text(self->root, "etc/hello", "hello\n");
  if (mknod(node, S_IFCHR | 0600, makedev(5, 1)) != 0)
    return g_test_skip("no devices can be made here");
  for (guint i = 0; i < G_N_ELEMENTS(commands) && image_has("tar,cpio"); i++) {
    image_run(self->root, "%s", commands[i]);
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    const AkNode *console = image_find(tree, "/console");
    g_assert_nonnull(console);
    g_assert_cmpint(console->type, ==, AK_NODE_OTHER);
    g_assert_cmpstr(console->target, ==, "char 5:1");
    g_assert_true(image_is_clean(tree));
  }
}

static void test_uimage_multi(Fixture *self, gconstpointer data) {
  fill(self);
  pack_squashfs(self);
  g_autoptr(GBytes) script = g_bytes_new_static("echo one\n", 9);
  image_put(self->top, "first", g_bytes_get_data(script, NULL), 9);
  if (!image_run(self->top, "mkimage -A arm -O linux -T multi -C none -n test -d first:squashfs "
                            "image"))
    return g_test_skip("mkimage is not installed");
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_same_tree(self, tree);
}

/* The usual layout of a flash: kernel, padding up to an erase block, root filesystem, padding. */
static void test_kernel_and_rootfs(Fixture *self, gconstpointer data) {
  fill(self);
  pack_squashfs(self);
  g_autofree char *path = g_build_filename(self->top, "squashfs", NULL);
  g_autoptr(GBytes) squashfs = image_load(path);
  g_autoptr(GBytes) kernel_code = image_noise(20000, 2);
  g_autoptr(GBytes) kernel = image_uimage(kernel_code, 2, 0);
  g_autofree guint8 *ones = g_malloc(0x10000);
  memset(ones, 0xff, 0x10000);
  gsize to_block = 0x10000 - g_bytes_get_size(kernel) % 0x10000;
  g_autoptr(GBytes) padding = g_bytes_new(ones, to_block);
  g_autoptr(GBytes) tail = g_bytes_new(ones, 0x10000);
  g_autoptr(GBytes) front = image_join(kernel, padding);
  g_autoptr(GBytes) both = image_join(front, squashfs);
  g_autoptr(GBytes) image = image_join(both, tail);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_same_tree(self, tree);
}

static void test_two_filesystems_and_junk_between(Fixture *self, gconstpointer data) {
  fill(self);
  pack_squashfs(self);
  g_autofree char *path = g_build_filename(self->top, "squashfs", NULL);
  g_autoptr(GBytes) squashfs = image_load(path);
  g_autoptr(GBytes) junk = image_noise(777, 3);
  g_autoptr(GBytes) front = image_join(squashfs, junk);
  g_autoptr(GBytes) image = image_join(front, squashfs);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.unpack");
  const AkObservation *unknown = ak_sink_collector_find(seen, "firmware.unknown", "image");
  assert_same_tree(self, tree);
  g_assert_nonnull(unknown);
  g_assert_cmpint(unknown->outcome, ==, AK_OUTCOME_SEEN);
  g_assert_cmpint(unknown->value.integer, >=, 770);
  g_assert_cmpint(unknown->value.integer, <=, 777);
  g_assert_false(image_is_clean(tree));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(Fixture *, gconstpointer);
  } tests[] = {
      {"/real-image/squashfs", test_squashfs},
      {"/real-image/squashfs/other-compressors", test_squashfs_of_other_compressors},
      {"/real-image/squashfs/devices", test_devices},
      {"/real-image/uimage", test_uimage},
      {"/real-image/uimage/gzip", test_uimage_gzip},
      {"/real-image/streams", test_streams},
      {"/real-image/archives", test_archives},
      {"/real-image/fit", test_fit},
      {"/real-image/fit/script", test_fit_script},
      {"/real-image/fit/tail", test_fit_tail},
      {"/real-image/fit/hashes", test_fit_hashes},
      {"/real-image/ext/states", test_ext_states},
      {"/real-image/archives/encrypted", test_encrypted_zip},
      {"/real-image/archives/behind-a-program", test_zip_behind_a_program},
      {"/real-image/archives/long-names", test_long_names},
      {"/real-image/archives/devices", test_devices_in_archives},
      {"/real-image/uimage/multi", test_uimage_multi},
      {"/real-image/kernel-and-rootfs", test_kernel_and_rootfs},
      {"/real-image/two-filesystems", test_two_filesystems_and_junk_between},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run();
}
