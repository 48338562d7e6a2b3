static void fails(const char *what) {
  g_error("%s", what);
  strcat(what, what); /* wants banned */
}
