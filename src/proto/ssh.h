/* The first words of an SSH conversation, before anything is encrypted: the identification string,
 * the binary packet and the lists of algorithms that each side offers.
 *
 * Source: RFC 4253, 4.2 (identification), 6 (binary packet), 7.1 (KEXINIT); RFC 4251, 5 and 6 (name
 * lists). */
#pragma once

#include "proto/parse.h"
#include "util/error.h"

#define AK_SSH_MAX_LINES 64 /* lines that a server may send before its identification */
#define AK_SSH_MAX_LINE                                                                            \
  1024 /* bytes of one of them; RFC 4253, 4.2 allows 255 for the identification */
#define AK_SSH_MAX_PACKET                                                                          \
  262144 /* bytes; 35,000 must be accepted (RFC 4253, 6.1), old servers send more */

typedef struct {
  char *protocol; /* "2.0", "1.99", "1.5" */
  char *software; /* "OpenSSH_9.2p1"; printable ASCII, other bytes as \xNN */
  char *comments; /* "" where there are none */
} AkSshIdent;
void ak_ssh_ident_clear(AkSshIdent *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkSshIdent, ak_ssh_ident_clear)

/* The identification, after any lines that stand before it. DONE: `out` is written (needs clearing)
 * and `used` bytes were consumed. INVALID_DATA where it is none, LIMIT above the limits. */
AkParse ak_ssh_ident_parse(const void *data, gsize size, AkSshIdent *out, gsize *used,
                           GError **error);

/* One packet that is not encrypted. DONE: `payload` (borrowed from `data`) and its size are
 * written. */
AkParse ak_ssh_packet_parse(const void *data, gsize size, const guint8 **payload,
                            gsize *payload_size, gsize *used, GError **error);

/* A packet around `payload` as it is sent before encryption; padded with zeros. */
GBytes *ak_ssh_packet_build(const void *payload, gsize size, GError **error);

typedef enum {
  AK_SSH_KEX,
  AK_SSH_HOST_KEY,
  AK_SSH_CIPHER_TO_SERVER,
  AK_SSH_CIPHER_TO_CLIENT,
  AK_SSH_MAC_TO_SERVER,
  AK_SSH_MAC_TO_CLIENT,
  AK_SSH_COMPRESSION_TO_SERVER,
  AK_SSH_COMPRESSION_TO_CLIENT,
  AK_SSH_LANGUAGE_TO_SERVER,
  AK_SSH_LANGUAGE_TO_CLIENT,
  AK_SSH_LISTS,
} AkSshList;

typedef struct {
  GStrv lists[AK_SSH_LISTS]; /* owned, in the order sent; never NULL after a success */
} AkSshKexinit;
void ak_ssh_kexinit_clear(AkSshKexinit *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkSshKexinit, ak_ssh_kexinit_clear)

/* The payload of a packet. NOT_SUPPORTED for another message, INVALID_DATA where it breaks its
 * format (names are printable ASCII without commas; empty ones are left out), LIMIT above 256 names
 * a list. `out` only on success. */
bool ak_ssh_kexinit_parse(const guint8 *payload, gsize size, AkSshKexinit *out, GError **error);
