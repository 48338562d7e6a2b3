/* The starter corpora. All are closed and the caller's; `document` is a file of
 * data/effect. */
#pragma once

#include "core/effect.h"
#include "util/json.h"

/* Attacks: each seed as it is, and `variants` of its other spellings (0 … 8), chosen by `seed`. */
AkEffectCorpus *ak_starter_attacks(const json_t *document, guint variants, guint64 seed,
                                   GError **error);

/* Harmless work: texts in forms, searches and JSON, pages, files, addresses; Japanese and English.
 */
AkEffectCorpus *ak_starter_work(const json_t *document, guint64 seed, GError **error);

/* Captures of exchanges: each case of `http` (an HTTP corpus) as a connection over TCP, with an
 * answer. */
AkEffectCorpus *ak_starter_captures(const AkEffectCorpus *http, GError **error);

/* Captures of attacks and of harmless work in other protocols than HTTP: name service, TLS, MQTT, Modbus, SMB,
 * Telnet, SSH, FTP, SNMP, ICMP and scans (docs/formats/traffic.md). CONFIG for a document that cannot be read. */
AkEffectCorpus *ak_starter_traffic(const json_t *document, guint64 seed, GError **error);

/* Mails for a filter: {"mail": "…"}; unwanted ones are the attacks. */
AkEffectCorpus *ak_starter_mails(const json_t *mails, const json_t *work, guint64 seed,
                                 GError **error);

/* EICAR and inert files with test signatures, plain and in containers, and harmless ones; a
 * function check. */
AkEffectCorpus *ak_starter_files(const json_t *work, GError **error);

/* The bytes that an inert test file is known by, 1 … 100; caller frees. */
char *ak_starter_signature(guint number);
