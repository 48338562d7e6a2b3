#include "firmware/analysis/firewall-file.h"

#include <string.h>

#include "firmware/analysis/boot-words.h"

#define MAX_ROWS 200
#define MAX_WORD 64

void ak_firewall_rules_clear(AkFirewallRules *self) {
  g_clear_pointer(&self->policies, g_ptr_array_unref);
  g_clear_pointer(&self->accepts, g_ptr_array_unref);
}

bool ak_firewall_file_is(const char *path, AkFirewallForm *form) {
  static const struct {
    const char *end;
    AkFirewallForm form;
  } places[] = {
      {"/etc/iptables/rules.v4", AK_FIREWALL_IPTABLES},
      {"/etc/iptables/rules.v6", AK_FIREWALL_IPTABLES},
      {"/etc/iptables.rules", AK_FIREWALL_IPTABLES},
      {"/etc/iptables.conf", AK_FIREWALL_IPTABLES},
      {"/etc/sysconfig/iptables", AK_FIREWALL_IPTABLES},
      {"/etc/sysconfig/ip6tables", AK_FIREWALL_IPTABLES},
      {"/etc/iptables/iptables.rules", AK_FIREWALL_IPTABLES},
      {"/etc/nftables.conf", AK_FIREWALL_NFT},
      {"/etc/nftables/rules.nft", AK_FIREWALL_NFT},
      {"/etc/config/firewall", AK_FIREWALL_UCI},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    if (g_str_has_suffix(path, places[i].end)) {
      *form = places[i].form;
      return true;
    }
  return false;
}

static void add(GPtrArray *rows, const char *a, const char *b, const char *c) {
  if (rows->len < MAX_ROWS)
    g_ptr_array_add(rows, g_strdup_printf("%.*s%s%.*s%s%.*s", MAX_WORD, a, *a != '\0' ? " " : "",
                                          MAX_WORD, b, *b != '\0' ? " " : "", MAX_WORD, c));
}

/* The word behind `key`, or NULL. */
static const char *value_of(char *const *words, const char *key) {
  for (; *words != NULL; words++)
    if (strcmp(*words, key) == 0)
      return words[1];
  return NULL;
}

/* ":INPUT DROP [0:0]", "-A INPUT -p tcp --dport 22 -j ACCEPT"; addresses and interfaces narrow a
 * rule and are not looked at. */
static void read_iptables(char *const *words, AkFirewallRules *out) {
  if (*words != NULL && strcmp(*words, ":INPUT") == 0 && words[1] != NULL) {
    g_autofree char *policy = g_ascii_strdown(words[1], -1);
    add(out->policies, "", "input", policy);
    return;
  }
  const char *chain = value_of(words, "-A"), *jump = value_of(words, "-j");
  const char *protocol = value_of(words, "-p"), *port = value_of(words, "--dport");
  port = port != NULL ? port : value_of(words, "--dports");
  if (g_strcmp0(chain, "INPUT") == 0 && g_strcmp0(jump, "ACCEPT") == 0 && protocol != NULL &&
      port != NULL)
    add(out->accepts, "", protocol, port);
}

/* "type filter hook input priority 0; policy drop;", "tcp dport { 22, 80 } accept". */
static void read_nft(const char *line, char *const *words, bool *is_input, AkFirewallRules *out) {
  const char *hook = value_of(words, "hook"), *policy = value_of(words, "policy");
  if (hook != NULL)
    *is_input = strcmp(hook, "input") == 0;
  if (*is_input && policy != NULL) {
    g_autofree char *word = g_strndup(policy, strcspn(policy, ";"));
    add(out->policies, "", "input", word);
  }
  const char *ports = strstr(line, "dport "), *accept = strstr(line, "accept");
  if (!*is_input || ports == NULL || accept == NULL || accept < ports || strstr(line, "!=") != NULL)
    return;
  const char *protocol = strstr(line, "udp") != NULL ? "udp" : "tcp";
  g_auto(GStrv) list = g_strsplit_set(ports + strlen("dport "), "{}, \t;", -1);
  for (char **port = list; *port != NULL && strcmp(*port, "accept") != 0; port++)
    if (g_ascii_isalnum(**port) && strcmp(*port, "ct") != 0)
      add(out->accepts, "", protocol, *port);
}

/* One section of /etc/config/firewall. */
typedef struct {
  char *type, *name, *input, *src, *protocol, *port, *target;
} Section;

static void section_clear(Section *self) {
  g_free(self->type);
  g_free(self->name);
  g_free(self->input);
  g_free(self->src);
  g_free(self->protocol);
  g_free(self->port);
  g_free(self->target);
  *self = (Section){0};
}

/* A rule without `dest` is about the device itself; forwarding ones are passed over by their target
 * alone. */
static void end_section(Section *self, AkFirewallRules *out) {
  const char *type = self->type != NULL ? self->type : "";
  if (strcmp(type, "defaults") == 0 && self->input != NULL)
    add(out->policies, "", "input", self->input);
  if (strcmp(type, "zone") == 0 && self->input != NULL && self->name != NULL)
    add(out->policies, self->name, "input", self->input);
  if (strcmp(type, "rule") == 0 && self->src != NULL && self->port != NULL &&
      g_strcmp0(self->target, "ACCEPT") == 0)
    add(out->accepts, self->src, self->protocol != NULL ? self->protocol : "tcp+udp", self->port);
  section_clear(self);
}

static void read_uci(char *const *words, Section *section, AkFirewallRules *out) {
  const struct {
    const char *key;
    char **to;
  } keys[] = {{"name", &section->name},      {"input", &section->input},
              {"src", &section->src},        {"proto", &section->protocol},
              {"dest_port", &section->port}, {"target", &section->target}};
  if (*words != NULL && strcmp(*words, "config") == 0) {
    end_section(section, out);
    section->type = g_strdup(words[1]);
    return;
  }
  if (*words == NULL || strcmp(*words, "option") != 0 || words[1] == NULL || words[2] == NULL)
    return;
  if (strcmp(words[1], "dest") == 0)
    g_clear_pointer(&section->type, g_free); /* it forwards */
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    if (strcmp(words[1], keys[i].key) == 0) {
      g_free(*keys[i].to);
      *keys[i].to = g_strdup(words[2]);
    }
}

void ak_firewall_file_read(AkFirewallForm form, const guint8 *data, gsize size,
                           AkFirewallRules *out) {
  g_autofree char *text = g_strndup(size > 0 ? (const char *)data : "", size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  *out = (AkFirewallRules){g_ptr_array_new_with_free_func(g_free),
                           g_ptr_array_new_with_free_func(g_free)};
  Section section = {0};
  bool is_input = false;
  for (char **line = lines; *line != NULL; line++) {
    const char *start = g_strstrip(*line);
    if (*start == '#')
      continue;
    g_auto(GStrv) words = ak_boot_words_split(start);
    if (form == AK_FIREWALL_IPTABLES)
      read_iptables(words, out);
    else if (form == AK_FIREWALL_NFT)
      read_nft(start, words, &is_input, out);
    else
      read_uci(words, &section, out);
  }
  end_section(&section, out);
}

bool ak_firmware_firewall_file_fuzz(const guint8 *data, gsize size) {
  guint found = 0;
  for (AkFirewallForm form = AK_FIREWALL_IPTABLES; form <= AK_FIREWALL_UCI; form++) {
    g_auto(AkFirewallRules) rules = {0};
    ak_firewall_file_read(form, data, size, &rules);
    found += rules.policies->len + rules.accepts->len;
  }
  return found > 0;
}
