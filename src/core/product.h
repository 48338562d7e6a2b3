/* A product: what is verified, as its maker or the laboratory describes it (ETSI TS 103 701: DUT
 * identification, ICS and IXIT), with the consent to test it. Read from product.yaml by
 * exchange/product-yaml.c; format: docs/formats/product.md. */
#pragma once

#include "core/test.h"
#include "core/verdict.h"

/* One thing that listens, as declared (IXIT 13-SoftServ, 28-LogIntf). */
typedef struct {
  char *transport; /* "tcp" or "udp" */
  guint16 port;
  char *protocol; /* "https", "http", "ssh" … */
  char *purpose;
  GStrv shows;  /* texts that its start page is declared to show (model designation), or NULL */
  json_t *auth; /* object or NULL: how to log in (mechanism, path, user, default); see the format */
} AkService;

typedef struct {
  char *name; /* "lan" */
  char *kind; /* "network", "physical" or "radio" */
  GStrv addresses;     /* IPv4 and IPv6 addresses, numeric; network interfaces only */
  GPtrArray *services; /* of AkService; declared */
  bool remote;         /* reachable from outside the local network */
  bool used;           /* false: declared as unused, so it must be disabled */
} AkInterface;

typedef struct {
  char *name; /* the locator of subjects of kind "image" */
  char *path; /* absolute, or relative to the product file's folder */
  char *sha256; /* expected digest in hex, or NULL */
  char *version;
} AkImage;

typedef struct {
  char *serial;
  char *hardware_version;
  char *firmware_version;
  char *image;      /* name of the AkImage believed to run on it, or NULL */
  char *matched_by; /* how unit and image were matched: "version", "digest", … or NULL */
  char *state;      /* "factory-default" or "initialized" */
} AkUnit;

typedef struct {
  char *case_id; /* "5.1-1-1" or "S1.1-05" + "-d": a test case of the catalogue */
  AkVerdict verdict; /* PASS, FAIL, INCONCLUSIVE or NOT_APPLICABLE */
  char *by;       /* who answered */
  char *on;       /* date, ISO 8601 */
  char *reason;
  GStrv evidence; /* paths of files, relative to the product file's folder */
} AkAnswer;

/* Consent to test (docs/formats/product.md, "authorization"). */
typedef struct {
  char *by;
  char *capacity; /* "owner" or "access-manager" */
  GStrv addresses;  /* numeric addresses or CIDR prefixes */
  gint64 from_utc_us, until_utc_us;
  AkGrade grades_up_to;
  bool lockout_allowed;
  char *emergency_contact;
  guint max_packets_per_second; /* 0: the default of 500 */
} AkAuthorization;

typedef struct {
  char *name, *model, *version, *manufacturer;
  GPtrArray *interfaces; /* of AkInterface */
  GPtrArray *images;     /* of AkImage */
  GPtrArray *units;      /* of AkUnit */
  GPtrArray *answers;    /* of AkAnswer */
  AkAuthorization *authorization; /* or NULL */
  json_t *features;   /* object: "a" → {"present": bool, "reason": "…"} (EN 303 645 v3.1.3, annex B) */
  json_t *conditions; /* object: "14" → {"holds": bool, "reason": "…"} */
  json_t *ics;        /* object: "5.1-1" → {"support": "Y"|"N"|"N/A", "detail": "…"} */
  json_t *ixit;       /* object: "1-AuthMech" → [ {"id": "AuthMech-1", …} ] */
  json_t *laboratory; /* object: laboratory, operator, place, deviations; or NULL */
  GStrv sboms;        /* paths */
  char *folder;       /* the product file's folder, for relative paths */
  json_t *document;   /* the whole file, for its canonical bytes and digest */
} AkProduct;

/* Words of the product file, each list ends with NULL: kinds of interfaces ("network" …), of assets
 * ("credential", "firmware" …), and from where somebody attacks ("network", "radio", "physical", "supply").
 * Assets and attackers stand in `document` alone: only the threat model asks for them. */
extern const char *const ak_product_interface_kinds[];
extern const char *const ak_product_asset_kinds[];
extern const char *const ak_product_attackers[];

AkProduct *ak_product_new(void);
void ak_product_free(AkProduct *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkProduct, ak_product_free)

void ak_service_free(AkService *self);
void ak_interface_free(AkInterface *self);
void ak_image_free(AkImage *self);
void ak_unit_free(AkUnit *self);
void ak_answer_free(AkAnswer *self);
void ak_authorization_free(AkAuthorization *self);

/* SHA-256 of the canonical bytes of the product's document. */
AkDigest ak_product_digest(const AkProduct *self);

/* Borrowed, or NULL. */
const AkInterface *ak_product_interface_of_address(const AkProduct *self, const char *address);
const AkService *ak_product_service(const AkProduct *self, const char *address,
                                    const char *transport, guint16 port);
const AkImage *ak_product_image(const AkProduct *self, const char *name);
const AkAnswer *ak_product_answer(const AkProduct *self, const char *case_id);

/* "tcp:127.0.1.10:443", IPv6 in brackets. Caller frees. */
char *ak_service_locator(const char *transport, const char *address, guint16 port);
/* The reverse; outputs are the caller's and written only on success. */
bool ak_service_locator_parse(const char *locator, char **transport, char **address,
                              guint16 *port);
