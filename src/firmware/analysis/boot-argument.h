/* Arguments of started programs, as getopt reads them. Pure. */
#pragma once

#include "util/error.h"

/* The value of the option of one `letter`, alone or among others ("-Fl /bin/sh", "-l/bin/sh"), "" where it takes none; NULL where it
 * is not there. `valued` are the letters that take a value. Options end at "--". Borrowed from the arguments. Source: POSIX.1, XBD
 * 12.2; getopt(3): options may stand behind operands. */
const char *ak_boot_argument_letter(const char *const *arguments, const char *valued, char letter);

/* The value of "--NAME VALUE" or "--NAME=VALUE"; NULL where it is not there. */
const char *ak_boot_argument_long(const char *const *arguments, const char *name);

/* The first argument that is no option, nor the value of one, nor a redirection; NULL where there is none. */
const char *ak_boot_argument_operand(const char *const *arguments, const char *valued);
