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
  g_test_add_func("/web/without", test_an_image_without);
  return g_test_run();
}
