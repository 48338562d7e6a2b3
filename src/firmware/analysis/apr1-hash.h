/* The password hash of web servers' files, "$apr1$salt$…": MD5 of crypt(5) under another mark,
 * which libcrypt does not know. Pure. Source: Apache HTTP Server 2.4, "Password Formats". */
#pragma once

#include "util/error.h"

#define AK_APR1_MARK "$apr1$"
#define AK_APR1_HASH_CHARACTERS 22
#define AK_APR1_SALT_CHARACTERS 8 /* at most; what is more does not count */

/* True where `password` gives `hash`. */
bool ak_apr1_hash_matches(const char *hash, const char *password);
