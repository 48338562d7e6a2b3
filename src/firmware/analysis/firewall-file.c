#include "firmware/analysis/firewall-file.h"

#include <string.h>

#include "firmware/analysis/boot-config.h"
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
      {"/etc/iptables/ip6tables.rules", AK_FIREWALL_IPTABLES},
      {"/etc/iptables/rules-save", AK_FIREWALL_IPTABLES},
      {"/etc/iptables/rules6-save", AK_FIREWALL_IPTABLES},
      {"/var/lib/iptables/rules-save", AK_FIREWALL_IPTABLES},
      {"/etc/iptables.up.rules", AK_FIREWALL_IPTABLES},
      {"/etc/sysconfig/nftables.conf", AK_FIREWALL_NFT},
      {"/etc/firewall.user", AK_FIREWALL_SCRIPT},
      {"/etc/nftables.conf", AK_FIREWALL_NFT},
      {"/etc/nftables/rules.nft", AK_FIREWALL_NFT},
      {"/etc/config/firewall", AK_FIREWALL_UCI},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    if (g_str_has_suffix(path, places[i].end)) {
      *form = places[i].form;
      return true;
    }
  *form = AK_FIREWALL_NFT;
  return g_str_has_suffix(path, ".nft") && (strstr(path, "/etc/nftables.d/") != NULL || strstr(path, "/etc/nftables/") != NULL);
}

bool ak_firewall_file_is_script(const guint8 *data, gsize size) {
  return size > 2 && memcmp(data, "#!", 2) == 0 && memchr(data, '\0', size) == NULL &&
         (memmem(data, size, "tables", strlen("tables")) != NULL || memmem(data, size, "nft ", strlen("nft ")) != NULL);
}

static void add(GPtrArray *rows, const char *a, const char *b, const char *c) {
  if (rows->len < MAX_ROWS)
    g_ptr_array_add(rows, g_strdup_printf("%.*s%s%.*s%s%.*s", MAX_WORD, a, *a != '\0' ? " " : "",
                                          MAX_WORD, b, *b != '\0' ? " " : "", MAX_WORD, c));
}

/* The word behind one of the keys, or NULL. */
static const char *value_of(char *const *words, const char *key, const char *other) {
  for (; *words != NULL; words++)
    if (strcmp(*words, key) == 0 || (other != NULL && strcmp(*words, other) == 0))
      return words[1];
  return NULL;
}

static bool is_behind_not(char *const *words, const char *value) {
  for (guint i = 0; words[i] != NULL; i++)
    if (words[i] == value)
      return i > 1 && strcmp(words[i - 2], "!") == 0;
  return false;
}

/* "-A INPUT -p tcp --dport 22 -j ACCEPT"; addresses and interfaces narrow a rule and are not looked at. */
static void read_rule(char *const *words, AkFirewallRules *out) {
  const char *chain = value_of(words, "-A", "--append"), *jump = value_of(words, "-j", "--jump");
  chain = chain != NULL ? chain : value_of(words, "-I", "--insert");
  const char *protocol = value_of(words, "-p", "--protocol"), *port = value_of(words, "--dport", "--dports");
  port = port != NULL ? port : value_of(words, "--destination-port", "--destination-ports");
  if (g_strcmp0(chain, "INPUT") != 0 || g_strcmp0(jump, "ACCEPT") != 0)
    return;
  if (protocol != NULL && port != NULL)
    add(out->accepts, protocol, is_behind_not(words, port) ? "not" : "", port);
  else if (g_strv_length((char **)words) == 4)
    add(out->accepts, "", "", "all");
}

/* "*filter", ":INPUT DROP [0:0]", rules; tables for other ends have chains of these names too. Source: iptables-save(8). */
static void read_iptables(char *const *words, bool *is_filter, AkFirewallRules *out) {
  if (*words != NULL && **words == '*')
    *is_filter = strcmp(*words, "*filter") == 0;
  if (*words == NULL || !*is_filter)
    return;
  if (strcmp(*words, ":INPUT") == 0 && words[1] != NULL) {
    g_autofree char *policy = g_ascii_strdown(words[1], -1);
    add(out->policies, "", "input", policy);
    return;
  }
  read_rule(words, out);
}

/* Rules from elsewhere: a file that is looked at by itself is known. */
static bool takes_others(const char *name, char *const *words) {
  static const char *const loads[] = {"iptables-restore", "ip6tables-restore", NULL}, *const changes[] = {"-f", "--file", "add", "insert", "create", NULL};
  bool is_change = g_strv_contains(loads, name), is_known = false;
  for (char *const *word = words; *word != NULL; word++) {
    AkFirewallForm form;
    is_change = is_change || (strcmp(name, "nft") == 0 && g_strv_contains(changes, *word));
    is_known = is_known || ak_firewall_file_is(*word + (**word == '<'), &form);
  }
  return is_change && !is_known;
}

/* One call of iptables. Source: iptables(8). */
static void read_call(char *const *words, AkFirewallRules *out) {
  static const char *const names[] = {"iptables", "ip6tables", "iptables-legacy", "ip6tables-legacy", "iptables-nft", "ip6tables-nft", NULL};
  const char *slash = strrchr(*words, '/'), *name = slash != NULL ? slash + 1 : *words;
  const char *table = value_of(words, "-t", "--table");
  out->is_partial = out->is_partial || takes_others(name, words);
  if (!g_strv_contains(names, name) || (table != NULL && strcmp(table, "filter") != 0))
    return;
  for (char *const *word = words; *word != NULL; word++)
    out->is_partial = out->is_partial || strchr(*word, '$') != NULL;
  const char *policy = value_of(words, "-P", "--policy");
  for (guint i = 0; policy != NULL && strcmp(policy, "INPUT") == 0 && words[i] != NULL; i++)
    if (words[i] == policy && words[i + 1] != NULL) {
      g_autofree char *word = g_ascii_strdown(words[i + 1], -1);
      add(out->policies, "", "input", word);
    }
  read_rule(words + 1, out);
}

static void read_script(AkBootWords *shell, const char *line, AkFirewallRules *out) {
  g_autoptr(GPtrArray) commands = ak_boot_words_line(shell, line);
  for (guint i = 0; i < commands->len; i++)
    read_call(((const AkSimpleCommand *)commands->pdata[i])->words, out);
}

/* A set of nft that goes over lines: "tcp dport {" … "} accept". */
typedef struct {
  bool is_input, is_open; /* in a chain of input, whose policy was not told yet */
  GString *set;           /* lines of a set without its end; NULL: none */
} Nft;

static void end_chain(Nft *self, AkFirewallRules *out) {
  if (self->is_open)
    add(out->policies, "", "input", "accept"); /* where no policy is told */
  self->is_open = false;
}

/* "tcp dport { 22, 80 } accept". Source: nft(8). */
static void read_nft_rule(const char *line, AkFirewallRules *out) {
  const char *ports = strstr(line, "dport "), *accept = strstr(line, "accept");
  if (ports == NULL || accept == NULL || accept < ports || strstr(line, "!=") != NULL)
    return;
  const char *protocol = strstr(line, "udp") != NULL ? "udp" : "tcp";
  g_auto(GStrv) list = g_strsplit_set(ports + strlen("dport "), "{}, \t;", -1);
  for (char **port = list; *port != NULL && strcmp(*port, "accept") != 0; port++)
    if ((g_ascii_isalnum(**port) || **port == '@' || **port == '$') && strcmp(*port, "ct") != 0)
      add(out->accepts, "", protocol, *port);
}

/* "type filter hook input priority 0; policy drop;", then rules. */
static void read_nft(Nft *self, const char *line, AkFirewallRules *out) {
  g_auto(GStrv) words = ak_boot_words_split(line);
  const char *hook = value_of(words, "hook", NULL), *policy = value_of(words, "policy", NULL);
  if (hook != NULL) {
    end_chain(self, out);
    self->is_input = self->is_open = g_str_has_prefix(hook, "input");
  }
  if (self->is_input && policy != NULL) {
    g_autofree char *word = g_strndup(policy, strcspn(policy, ";"));
    add(out->policies, "", "input", word);
    self->is_open = false;
  }
  if (self->is_input)
    read_nft_rule(line, out);
}

/* Puts the lines of a set together. */
static void read_nft_line(Nft *self, const char *line, AkFirewallRules *out) {
  const char *ports = strstr(line, "dport "), *brace = ports != NULL ? strchr(ports, '{') : NULL;
  bool begins = self->set == NULL && brace != NULL && strchr(brace, '}') == NULL;
  if (begins)
    self->set = g_string_new(NULL);
  if (self->set == NULL) {
    read_nft(self, line, out);
    return;
  }
  g_string_append_printf(self->set, "%s ", line);
  if (!begins && strchr(line, '}') != NULL) {
    read_nft(self, self->set->str, out);
    g_string_free(self->set, TRUE);
    self->set = NULL;
  }
}

/* One section of /etc/config/firewall. */
typedef struct {
  char *type, *name, *input, *src, *protocol, *port, *target, *enabled;
} Section;

static void section_clear(Section *self) {
  g_free(self->type);
  g_free(self->name);
  g_free(self->input);
  g_free(self->src);
  g_free(self->protocol);
  g_free(self->port);
  g_free(self->target);
  g_free(self->enabled);
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
  bool is_off = self->enabled != NULL && !ak_boot_config_is_on(self->enabled);
  if (strcmp(type, "rule") == 0 && !is_off && self->src != NULL && self->port != NULL &&
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
              {"dest_port", &section->port}, {"target", &section->target}, {"enabled", &section->enabled}};
  if (*words != NULL && strcmp(*words, "config") == 0) {
    end_section(section, out);
    section->type = g_strdup(words[1]);
    return;
  }
  if (*words == NULL || (strcmp(*words, "option") != 0 && strcmp(*words, "list") != 0) || words[1] == NULL || words[2] == NULL)
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
  *out = (AkFirewallRules){.policies = g_ptr_array_new_with_free_func(g_free), .accepts = g_ptr_array_new_with_free_func(g_free)};
  g_autoptr(AkBootWords) shell = ak_boot_words_new();
  Section section = {0};
  Nft nft = {0};
  bool is_filter = true;
  for (char **line = lines; *line != NULL; line++) {
    const char *start = g_strstrip(*line);
    if (*start == '#')
      continue;
    g_auto(GStrv) words = form == AK_FIREWALL_IPTABLES || form == AK_FIREWALL_UCI ? ak_boot_words_split(start) : NULL;
    if (form == AK_FIREWALL_IPTABLES)
      read_iptables(words, &is_filter, out);
    else if (form == AK_FIREWALL_NFT)
      read_nft_line(&nft, start, out);
    else if (form == AK_FIREWALL_SCRIPT)
      read_script(shell, start, out);
    else
      read_uci(words, &section, out);
  }
  end_chain(&nft, out);
  if (nft.set != NULL)
    g_string_free(nft.set, TRUE);
  end_section(&section, out);
}

bool ak_firmware_firewall_file_fuzz(const guint8 *data, gsize size) {
  guint found = 0;
  for (AkFirewallForm form = AK_FIREWALL_IPTABLES; form <= AK_FIREWALL_SCRIPT; form++) {
    g_auto(AkFirewallRules) rules = {0};
    ak_firewall_file_read(form, data, size, &rules);
    found += rules.policies->len + rules.accepts->len;
  }
  return found > 0;
}
