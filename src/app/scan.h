/* Which ports of one address are open: discovery alone, without a run and without a record. */
#pragma once

#include "core/product.h"

typedef struct {
  const char *address; /* numeric */
  const char *ports;   /* "1-65535" */
  bool udp;            /* UDP ports too; else TCP ports alone */
  const char *network_namespace; /* in which the address is ("akashi-…"), or NULL: here */
  const AkProduct *product; /* whose authorization covers the address; NULL: loopback only */
  void (*progress)(gpointer data, guint64 done, guint64 total); /* may be NULL */
  bool (*cancelled)(gpointer data);                             /* may be NULL */
  gpointer data; /* of both */
} AkScanOptions;

/* `result` (the caller's): {"address", "ports": [{"port", "transport", "state"}], "coverage": […],
 * "unknown": […]}, and "network_namespace" where one was entered; sorted. `finished` is false where it was stopped: then the result holds what is known.
 * PERMISSION without consent, before a packet is sent; CONFIG for ports that cannot be read. */
bool ak_app_scan(const AkScanOptions *options, json_t **result, bool *finished, GError **error);

/* Nothing answered here, no namespace was named, and the lab's is there and has the address: "akashi-lab", or
 * NULL. Static. */
const char *ak_app_scan_other_namespace(const AkScanOptions *options, const json_t *result);
