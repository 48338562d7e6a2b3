#include "firmware/unpack/test-image.h"

static void test_programs(void) {
  static const char elf[20] = "\x7f"
                              "ELF\1\1\1\0\0\0\0\0\0\0\0\0\2";
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_bytes(tree, "/www/cgi-bin/login", 0755, elf, sizeof elf);
  image_tree_text(tree, "/www/cgi-bin/ping.sh", "#!/bin/sh\n");
  image_tree_text(tree, "/www/cgi-bin/readme", "text\n");
  image_tree_text(tree, "/usr/lib/x/apply.cgi", "#!/bin/sh\n");
  image_tree_text(tree, "/var/www/html/index.php", "<?php\n");
  image_tree_text(tree, "/www/index.html", "<html>\n");
  image_tree_text(tree, "/usr/lib/python3/x.py", "print()\n");
  image_tree_text(tree, "/usr/share/doc/a/cgi-bin/x.pl", "#!/usr/bin/perl\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.web");
  image_expect(seen, "image!/www/cgi-bin/login", "web.program", "ELF program");
  image_expect(seen, "image!/www/cgi-bin/ping.sh", "web.program", "script");
  image_expect(seen, "image!/www/cgi-bin/readme", "web.program", "none");
  image_expect(seen, "image!/usr/lib/x/apply.cgi", "web.program", "script");
  image_expect(seen, "image!/var/www/html/index.php", "web.program", "PHP");
  image_expect(seen, "image!/usr/lib/python3/x.py", "web.program", "none");
  image_expect(seen, "image!/usr/share/doc/a/cgi-bin/x.pl", "web.program", "none");
  image_expect(seen, "image", "web.root", "/var/www/html|/www");
  image_expect(seen, "image", "web.coverage", "files");
}

/* Folders, endings and prefixes that settings and scripts name; `program` is what is run, `other` what is not. */
static void test_settings(void) {
  static const struct {
    const char *path, *text, *program, *other, *root;
  } rows[] = {
      {"/etc/lighttpd/lighttpd.conf", "server.document-root = \"/opt/ui/\"\ncgi.assign = ( \".sh\" => \"/bin/sh\",\n  \".x\" => \"\" )\n",
       "/opt/ui/go.sh", "/opt/other/go.sh", "/opt/ui"},
      {"/etc/lighttpd/lighttpd.conf", "#server.document-root = \"/opt/ui\"\n", NULL, "/opt/ui/go.sh", NULL},
      {"/etc/config/uhttpd", "config uhttpd main\n\toption home '/srv/ui'\n\toption cgi_prefix '/do'\n", "/srv/ui/do/it", "/srv/ui/it", "/srv/ui"},
      {"/etc/config/uhttpd", "config uhttpd main\n\toption home /srv/ui\n\tlist interpreter '.pyx=/usr/bin/p'\n", "/srv/ui/a.pyx", "/srv/a.pyx", "/srv/ui"},
      {"/etc/boa.conf", "DocumentRoot /mnt/ui\nScriptAlias /run/ /mnt/prog/\n", "/mnt/prog/a", "/mnt/ui/a", "/mnt/ui"},
      {"/etc/nginx/nginx.conf", "server { listen 80; root /mnt/ui; }\n", "/mnt/ui/a.php", "/mnt/b.php", "/mnt/ui"},
      {"/etc/httpd.conf", "H:/mnt/ui\n*.foo:/bin/foo\n", "/mnt/ui/a.foo", "/mnt/a.foo", "/mnt/ui"},
      {"/etc/init.d/S50web", "#!/bin/sh\nWEB=/mnt/ui\nhttpd -p 80 -h $WEB\n", "/mnt/ui/a.php", "/mnt/a.php", "/mnt/ui"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    image_tree_text(tree, rows[i].path, rows[i].text);
    image_tree_text(tree, rows[i].other, "#!/bin/sh\n");
    g_autofree char *other = g_strconcat("image!", rows[i].other, NULL), *program = g_strconcat("image!", rows[i].program, NULL);
    if (rows[i].program != NULL)
      image_tree_text(tree, rows[i].program, "#!/bin/sh\n");
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.web");
    g_test_message("%s: %s", rows[i].path, rows[i].text);
    image_expect(seen, other, "web.program", "none");
    if (rows[i].program != NULL)
      g_assert_nonnull(ak_sink_collector_find(seen, "web.program", program));
    image_expect(seen, "image", "web.root", rows[i].root != NULL ? rows[i].root : "absent");
  }
}

static void test_an_image_without(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/hosts", "127.0.0.1 localhost\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.web");
  image_expect(seen, "image", "web.program", "absent");
  image_expect(seen, "image", "web.root", "absent");
  image_expect(seen, "image", "web.coverage", "files");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/web/programs", test_programs);
  g_test_add_func("/web/settings", test_settings);
  g_test_add_func("/web/without", test_an_image_without);
  return g_test_run();
}
