/* Rules of packet filters in files: what comes in by default, and which ports are let in. Pure.
 * Source: iptables-save(8); nft(8); OpenWrt, /etc/config/firewall. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_FIREWALL_IPTABLES,
  AK_FIREWALL_NFT,
  AK_FIREWALL_UCI,
  AK_FIREWALL_SCRIPT, /* a shell script that calls iptables */
} AkFirewallForm;

/* True for the path of a file of rules. */
bool ak_firewall_file_is(const char *path, AkFirewallForm *form);
/* True for the bytes of a shell script that speaks of packet filters. */
bool ak_firewall_file_is_script(const guint8 *data, gsize size);

typedef struct {
  GPtrArray *policies; /* of char *: "input drop", of UCI also "wan input REJECT" */
  GPtrArray *accepts;  /* of char *: "tcp 22", "udp 5353", "all"; of UCI "wan tcp 80" */
  bool is_partial;     /* a script takes rules from variables or from other files */
} AkFirewallRules;
void ak_firewall_rules_clear(AkFirewallRules *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkFirewallRules, ak_firewall_rules_clear)

/* At most 200 of each. Rules by other conditions than protocol and port are passed over. */
void ak_firewall_file_read(AkFirewallForm form, const guint8 *data, gsize size,
                           AkFirewallRules *out);

bool ak_firmware_firewall_file_fuzz(const guint8 *data, gsize size);
