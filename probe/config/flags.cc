#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <nlohmann/json.hpp>

#include "probe/config/check_table.h"
#include "probe/config/config.h"
#include "probe/config/headers.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// The bytes that a shell makes hard to write; absent where an escape is none.
std::optional<std::string> Unescape(std::string_view text) {
  constexpr std::string_view kNames = "rnt0\\";
  constexpr std::string_view kBytes("\r\n\t\0\\", 5);
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (const std::size_t at = kNames.find(text[i]); at != std::string_view::npos) {
      bytes += kBytes[at];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (text[i] != 'x' || digits.size() != 2 || error != std::errc() ||
        end != digits.data() + digits.size()) {
      return std::nullopt;
    }
    bytes += static_cast<char>(value);
    i += 2;
  }
  return bytes;
}

/// Builds the table that a configuration would have held, each value with its flag as its source,
/// so that flags and files are validated by the same code.
class FlagTable {
 public:
  FlagTable() { table_.position = table_.key_position = Source("target"); }

  const Node& table() const { return table_; }

  void Add(std::string key, std::string flag, std::string_view text) {
    Node node = String(std::move(flag), text);
    node.key = std::move(key);
    table_.children.push_back(std::move(node));
  }
  void Add(std::string key, std::string flag, const std::optional<std::string>& text) {
    if (text) Add(std::move(key), std::move(flag), std::string_view(*text));
  }
  void AddBoolean(std::string key, std::string flag, bool is_given, bool value = true) {
    if (!is_given) return;
    Add(std::move(key), std::move(flag), std::string_view());
    table_.children.back().kind = NodeKind::kBoolean;
    table_.children.back().boolean = value;
  }
  void AddInteger(std::string key, std::string flag, const std::optional<std::string>& text,
                  ErrorList& errors) {
    if (!text) return;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size()) {
      errors.Add(Source(std::move(flag)), fmt::format("{} is no integer", Quoted(*text)));
      return;
    }
    Add(std::move(key), std::move(flag), std::string_view());
    table_.children.back().kind = NodeKind::kInteger;
    table_.children.back().integer = value;
  }
  /// An expression is named in what is said of it: there may be several.
  void AddExpressions(std::string key, const std::string& flag,
                      const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    Node array = Array(std::move(key), flag);
    for (const std::string& text : texts) {
      array.children.push_back(String(fmt::format("{} '{}'", flag, Escape(text)), text));
    }
    table_.children.push_back(std::move(array));
  }
  void AddList(std::string key, const std::string& flag, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    Node array = Array(std::move(key), flag);
    for (const std::string& text : texts) array.children.push_back(String(flag, text));
    table_.children.push_back(std::move(array));
  }
  void AddDialogue(const std::vector<CheckFlags::Step>& steps, ErrorList& errors) {
    if (steps.empty()) return;
    Node array = Array("dialogue", steps[0].is_send ? "--send" : "--receive");
    for (const CheckFlags::Step& step : steps) {
      const std::string flag = step.is_send ? "--send" : "--receive";
      const auto text = step.is_send ? Unescape(step.text) : std::optional(step.text);
      Node table;
      table.position = table.key_position = Source(flag);
      if (!text) {
        errors.Add(table.position, "a backslash is followed by none of r n t 0 \\ xNN");
        continue;
      }
      table.children.push_back(String(flag, *text));
      table.children.back().key = step.is_send ? "send" : "expect";
      array.children.push_back(std::move(table));
    }
    if (!array.children.empty()) table_.children.push_back(std::move(array));
  }
  /// "Name: value" each; several values of one name stay in their order.
  void AddFields(std::string key, const std::string& flag, const std::vector<std::string>& fields,
                 ErrorList& errors) {
    if (fields.empty()) return;
    Node table;
    table.key = std::move(key);
    table.position = table.key_position = Source(flag);
    for (const std::string& field : fields) {
      const std::size_t colon = field.find(':');
      // The whole is not shown: it may be a credential.
      if (colon == std::string::npos) {
        errors.Add(table.position, "expected \"Name: value\", found no colon");
        continue;
      }
      std::string_view value = std::string_view(field).substr(colon + 1);
      while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
      Node node = String(flag, value);
      node.key = field.substr(0, colon);
      table.children.push_back(std::move(node));
    }
    table_.children.push_back(std::move(table));
  }
  /// "NAME=VALUE"; a name may be there several times.
  void AddPairs(std::string key, const std::string& flag, const std::vector<std::string>& pairs,
                ErrorList& errors) {
    if (pairs.empty()) return;
    Node table;
    table.key = std::move(key);
    table.position = table.key_position = Source(flag);
    for (const std::string& pair : pairs) {
      if (auto value = ValueOf(pair, flag, errors)) table.children.push_back(std::move(*value));
    }
    table_.children.push_back(std::move(table));
  }
  /// "NAME=VALUE" and "NAME=@PATH".
  void AddParts(const std::vector<std::string>& parts, ErrorList& errors) {
    if (parts.empty()) return;
    Node array = Array("multipart", "--multipart");
    for (const std::string& text : parts) {
      auto value = ValueOf(text, "--multipart", errors);
      if (!value) continue;
      Node part;
      part.position = part.key_position = value->position;
      part.children.push_back(String("--multipart", value->key));
      part.children.back().key = "name";
      const bool is_file = value->text.starts_with('@');
      if (is_file) value->text.erase(0, 1);
      value->key = is_file ? "file" : "value";
      part.children.push_back(std::move(*value));
      array.children.push_back(std::move(part));
    }
    table_.children.push_back(std::move(array));
  }
  /// `auth = { SCHEME = { env = "NAME" } }`. A secret itself has no place on a command line, which
  /// everybody on the machine can read.
  void AddAuth(std::string scheme, const std::string& flag,
               const std::optional<std::string>& name) {
    if (!name) return;
    Node secret;
    secret.key = std::move(scheme);
    secret.position = secret.key_position = Source(flag);
    secret.children.push_back(String(flag, *name));
    secret.children.back().key = "env";
    Node auth;
    auth.key = "auth";
    auth.position = auth.key_position = secret.position;
    Node* given = nullptr;
    for (Node& child : table_.children) {
      if (child.key == "auth") given = &child;
    }
    if (given == nullptr) given = &table_.children.emplace_back(std::move(auth));
    given->children.push_back(std::move(secret));
  }

 private:
  Position Source(std::string flag) {
    SourceFile& source = sources_.emplace_back();
    source.name = std::move(flag);
    source.order = static_cast<unsigned>(sources_.size());
    return {&source, 0, 0};
  }
  Node Array(std::string key, std::string flag) {
    Node array;
    array.kind = NodeKind::kArray;
    array.key = std::move(key);
    array.position = array.key_position = Source(std::move(flag));
    return array;
  }
  Node String(std::string flag, std::string_view text) {
    Node node;
    node.kind = NodeKind::kString;
    node.text = text;
    node.position = node.key_position = Source(std::move(flag));
    return node;
  }
  /// VALUE under NAME. The whole is not shown: it may be a credential.
  std::optional<Node> ValueOf(const std::string& pair, const std::string& flag, ErrorList& errors) {
    const std::size_t equals = pair.find('=');
    Node node =
        String(flag, equals == std::string::npos ? "" : std::string_view(pair).substr(equals + 1));
    if (equals == std::string::npos || equals == 0) {
      errors.Add(node.position, "expected NAME=VALUE");
      return std::nullopt;
    }
    node.key = pair.substr(0, equals);
    return node;
  }

  std::deque<SourceFile> sources_;
  Node table_;
};

bool NamesContentType(const std::string& field) {
  return EqualsIgnoringCase(std::string_view(field).substr(0, field.find(':')), "content-type");
}

/// The headers, and --json: the text as it was given, with its type.
void AddJson(const CheckFlags& flags, FlagTable& table, ErrorList& errors) {
  std::vector<std::string> headers = flags.headers;
  if (flags.json) {
    if (flags.body) {
      errors.Add({"--json", 0, 0, "contradicts --body"}, 0);
    } else if (!nlohmann::json::accept(*flags.json)) {
      errors.Add({"--json", 0, 0, "is no JSON"}, 0);
    } else {
      table.Add("body", "--json", flags.json);
    }
    if (std::none_of(headers.begin(), headers.end(), NamesContentType)) {
      headers.emplace_back("Content-Type: application/json");
    }
  }
  table.AddFields("headers", "--header", headers, errors);
}

void AddCookieFlags(const CheckFlags& flags, FlagTable& table, ErrorList& errors) {
  if (flags.no_cookies && !flags.cookies.empty()) {
    errors.Add({"--no-cookies", 0, 0, "contradicts --cookie"}, 0);
    return;
  }
  table.AddPairs("cookies", "--cookie", flags.cookies, errors);
  table.AddBoolean("cookies", "--no-cookies", flags.no_cookies, false);
}

/// One version, or several with commas between them.
void AddVersions(const CheckFlags& flags, FlagTable& table) {
  if (!flags.http || flags.http->find(',') == std::string::npos) {
    return table.Add("http", "--http", flags.http);
  }
  std::vector<std::string> versions;
  std::string_view rest = *flags.http;
  while (true) {
    const std::size_t comma = rest.find(',');
    versions.emplace_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  table.AddList("http", "--http", versions);
}

void AddHttpFlags(const CheckFlags& flags, FlagTable& table, ErrorList& errors) {
  table.Add("method", "--method", flags.method);
  AddJson(flags, table, errors);
  table.Add("body", "--body", flags.body);
  table.AddPairs("form", "--form", flags.form, errors);
  table.AddParts(flags.multipart, errors);
  table.AddAuth("basic", "--basic-env", flags.basic_env);
  table.AddAuth("bearer", "--bearer-env", flags.bearer_env);
  AddVersions(flags, table);
  AddCookieFlags(flags, table, errors);
  if (flags.compression == "all") {
    table.AddBoolean("compression", "--compression", true);
  } else {
    table.Add("compression", "--compression", flags.compression);
  }
  table.AddList("redirect_hosts", "--redirect-host", flags.redirect_hosts);
  table.AddBoolean("allow_downgrade", "--allow-downgrade", flags.allow_downgrade);
  table.AddBoolean("traceparent", "--traceparent", flags.traceparent);
  table.Add("proxy", "--proxy", flags.proxy);
  table.Add("unix_socket", "--unix-socket", flags.unix_socket);
  table.AddInteger("max_redirects", "--max-redirects", flags.max_redirects, errors);
}

void AddAddressFlags(const CheckFlags& flags, FlagTable& table, ErrorList& errors) {
  if (flags.ipv4 && flags.ipv6) {
    errors.Add({"-4", 0, 0, "contradicts -6"}, 0);
  } else if (flags.ipv4 || flags.ipv6) {
    table.Add("family", flags.ipv4 ? "-4" : "-6", std::string_view(flags.ipv4 ? "ipv4" : "ipv6"));
  }
  table.Add("address", "--address", flags.address);
  if (flags.all_addresses && flags.addresses) {
    errors.Add({"--all-addresses", 0, 0, "contradicts --addresses"}, 0);
  } else if (flags.all_addresses) {
    table.Add("addresses", "--all-addresses", std::string_view("all"));
  }
  table.Add("addresses", "--addresses", flags.addresses);
  table.AddBoolean("allow_private", "--allow-private", flags.allow_private);
  table.AddBoolean("deny_private", "--deny-private", flags.deny_private);
}

void AddTlsFlags(const CheckFlags& flags, FlagTable& table) {
  table.AddBoolean("insecure", "--insecure", flags.insecure);
  table.Add("cacert", "--cacert", flags.cacert);
  table.Add("cert", "--cert", flags.cert);
  table.Add("key", "--key", flags.key);
  table.Add("server_name", "--server-name", flags.server_name);
  table.AddList("alpn", "--alpn", flags.alpn);
  table.Add("min_version", "--min-version", flags.min_version);
  table.Add("max_version", "--max-version", flags.max_version);
  table.Add("ciphers", "--ciphers", flags.ciphers);
  table.Add("starttls", "--starttls", flags.starttls);
  table.AddList("ignore_lints", "--ignore-lint", flags.ignore_lints);
}

void AddDnsFlags(const CheckFlags& flags, FlagTable& table) {
  if (flags.servers.size() == 1) {
    table.Add("servers", "--servers", std::string_view(flags.servers.front()));
  } else {
    table.AddList("servers", "--servers", flags.servers);
  }
  table.Add("transport", "--transport", flags.transport);
  table.Add("dnssec", "--dnssec", flags.dnssec);
  table.Add("trust_anchor", "--trust-anchor", flags.trust_anchor);
  table.AddBoolean("nsid", "--nsid", flags.nsid);
  table.Add("ecs", "--ecs", flags.ecs);
  table.AddBoolean("recursion", "--no-recursion", flags.no_recursion, false);
}

}  // namespace

tl::expected<CheckSpec, std::vector<std::string>> CheckFromFlags(const CheckFlags& flags) {
  ErrorList errors;
  FlagTable table;
  table.Add("target", "target", std::string_view(flags.target));
  table.AddExpressions("expect", "--expect", flags.expect);
  table.AddExpressions("warn", "--warn", flags.warn);
  table.Add("timeout", "--timeout", flags.timeout);
  AddHttpFlags(flags, table, errors);
  AddAddressFlags(flags, table, errors);
  AddTlsFlags(flags, table);
  AddDnsFlags(flags, table);
  table.AddBoolean("tls", "--tls", flags.tls);
  table.AddDialogue(flags.dialogue, errors);
  table.AddInteger("confirm", "--confirm", flags.confirm, errors);
  table.Add("confirm_counts", "--confirm-counts", flags.confirm_counts);
  table.AddInteger("count", "--icmp-count", flags.icmp_count, errors);
  table.AddFields("metadata", "--metadata", flags.metadata, errors);
  table.AddList("subprotocols", "--subprotocol", flags.subprotocols);
  table.AddBoolean("ping", "--no-ping", flags.no_ping, false);

  Defaults defaults;
  defaults.spec.http.user_agent = flags.user_agent;
  const KnownRegions regions;
  ExpressionCompiler expressions;
  CheckContext context{defaults, regions, expressions, errors};
  CheckSpec spec = ReadCheck(table.table(), std::string(), context);
  if (spec.identity->kind == "heartbeat") {
    errors.Add({"target", 0, 0,
                "a heartbeat cannot be looked at: its job reports to gaikei run, by POST "
                "/heartbeat/NAME"},
               0);
  }
  if (errors.empty()) {
    spec.where = {};
    return spec;
  }
  std::vector<std::string> lines;
  for (const ConfigError& error : errors.Take()) lines.push_back(error.Text());
  return tl::unexpected(std::move(lines));
}

}  // namespace gaikei
