/* here SQL is at home */
const char *const a = "SELECT id FROM runs";
