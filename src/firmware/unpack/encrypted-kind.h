/* Kinds of files that say of themselves that they are encrypted, however short they are: OpenSSL's enc, age, Ansible Vault, OpenPGP
 * messages, CMS, PKCS #12, LUKS, KeePass. Pure. */
#pragma once

#include "util/error.h"

/* True where the bytes begin as such a file; a program or a text that speaks of one is none. Of OpenPGP, CMS and PKCS #12 the structure is
 * checked, of the others a magic of eight characters or more with what has to follow. */
bool ak_encrypted_kind_is(const guint8 *data, gsize size);

bool ak_firmware_encrypted_kind_fuzz(const guint8 *data, gsize size);
