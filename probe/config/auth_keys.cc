#include "probe/config/auth_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "checks/io/net/url.h"
#include "probe/config/headers.h"
#include "probe/config/secrets.h"
#include "probe/config/target.h"

namespace gaikei {
namespace {

using Scheme = HttpAuth::Scheme;

/// Reads the values of one scheme.
class SchemeReader {
 public:
  SchemeReader(const Node& table, ErrorList& errors) : reader_(table, errors) {}

  /// `hides`: the value is a secret however it is written.
  Secret Required(std::string_view key, bool hides) {
    const Node* node = reader_.Take(key);
    if (node == nullptr) {
      reader_.errors().Add(reader_.table().position,
                           fmt::format("{} has no {}", reader_.table().key, key));
      return {};
    }
    return Value(*node, hides);
  }
  Secret Optional(std::string_view key, bool hides) {
    const Node* node = reader_.Take(key);
    return node == nullptr ? Secret() : Value(*node, hides);
  }
  std::string RequiredLine(std::string_view key) {
    if (reader_.table().Find(key) == nullptr) {
      reader_.Take(key);
      reader_.errors().Add(reader_.table().position,
                           fmt::format("{} has no {}", reader_.table().key, key));
      return {};
    }
    return reader_.Line(key).value_or("");
  }
  TableReader& reader() { return reader_; }

  /// Empty values and such as would end a header field are refused.
  Secret Value(const Node& node, bool hides) {
    auto value = TextOrSecret(node, reader_.errors());
    if (!value) return {};
    if (value->empty()) {
      reader_.errors().Add(node.position, fmt::format("{} is empty", node.key));
    } else if (HasControl(value->Reveal())) {
      reader_.errors().Add(node.position, fmt::format("{} has control characters", node.key));
    }
    return hides && !value->is_secret() ? Secret(std::string(value->Reveal())) : *value;
  }

 private:
  TableReader reader_;
};

/// One secret that holds both, as curl's --user does: the first colon ends the name.
void SplitPair(const Node& node, const Secret& pair, HttpAuth& auth, ErrorList& errors) {
  const std::size_t colon = pair.Reveal().find(':');
  if (pair.empty()) return;
  if (colon == std::string_view::npos || colon == 0) {
    errors.Add(node.position, fmt::format("the secret of {} is no USER:PASSWORD", node.key));
    return;
  }
  auth.user = Secret(std::string(pair.Reveal().substr(0, colon)));
  auth.password = Secret(std::string(pair.Reveal().substr(colon + 1)));
}

void ReadBasic(SchemeReader& reader, HttpAuth& auth) {
  auth.user = reader.Required("user", false);
  auth.password = reader.Required("password", true);
  const Node* user = reader.reader().table().Find("user");
  if (user != nullptr && auth.user.Reveal().find(':') != std::string_view::npos) {
    reader.reader().errors().Add(user->position, "a user of basic authentication has no colon");
  }
}

void ReadDigest(SchemeReader& reader, HttpAuth& auth) {
  auth.user = reader.Required("user", false);
  auth.password = reader.Required("password", true);
}

void ReadTokenUrl(SchemeReader& reader, HttpAuth& auth) {
  auth.token_url = reader.RequiredLine("token_url");
  const Node* node = reader.reader().table().Find("token_url");
  if (node == nullptr || auth.token_url.empty()) return;
  const auto url = io::ParseUrl(auth.token_url);
  ErrorList& errors = reader.reader().errors();
  if (!url || (url->scheme != "http" && url->scheme != "https") || url->host.empty()) {
    errors.Add(node->position, "token_url is no URL of scheme http or https");
  } else if (!url->user.empty() || !url->password.empty()) {
    errors.Add(node->position, "token_url has credentials: they are client_id and client_secret");
  }
}

void ReadOauth2(SchemeReader& reader, HttpAuth& auth) {
  static constexpr std::array<std::string_view, 2> kStyles = {"basic", "body"};
  ReadTokenUrl(reader, auth);
  auth.client_id = reader.Required("client_id", false);
  auth.client_secret = reader.Required("client_secret", true);
  for (const Node* scope : reader.reader().Strings("scopes")) {
    // RFC 6749, 3.3: printable ASCII but the blank, the quotation mark and the backslash.
    const bool is_scope =
        !scope->text.empty() && std::all_of(scope->text.begin(), scope->text.end(), [](char c) {
          return c > ' ' && c < '\x7f' && c != '"' && c != '\\';
        });
    if (is_scope) {
      auth.scopes.push_back(scope->text);
    } else {
      reader.reader().errors().Add(scope->position,
                                   fmt::format("{} is no scope", Quoted(scope->text)));
    }
  }
  auth.audience = reader.reader().Line("audience").value_or("");
  auth.is_secret_in_body = reader.reader().OneOf("style", kStyles) == "body";
}

void ReadAws(SchemeReader& reader, HttpAuth& auth) {
  auth.access_key = reader.Required("access_key", false);
  auth.secret_key = reader.Required("secret_key", true);
  auth.session_token = reader.Optional("session_token", true);
  auth.aws_region = reader.RequiredLine("region");
  auth.aws_service = reader.RequiredLine("service");
}

struct SchemeKeys {
  std::string_view name;
  Scheme scheme;
  void (*read)(SchemeReader& reader, HttpAuth& auth);
};
constexpr std::array kSchemes = {
    SchemeKeys{"basic", Scheme::kBasic, &ReadBasic},
    SchemeKeys{"digest", Scheme::kDigest, &ReadDigest},
    SchemeKeys{"oauth2", Scheme::kOauth2, &ReadOauth2},
    SchemeKeys{"aws_sigv4", Scheme::kAwsSigV4, &ReadAws},
};

/// What an upstream takes beside bearer.
constexpr std::span<const SchemeKeys> kUpstreamSchemes = std::span(kSchemes).first(1);

/// True where the value is a table, as that of every scheme but bearer.
bool IsTable(const Node& node, bool takes_pair, ErrorList& errors) {
  if (!takes_pair) return Expect(node, NodeKind::kTable, errors);
  if (node.kind == NodeKind::kTable) return true;
  errors.Add(
      node.position,
      fmt::format("{} is a table: {{ user = \"NAME\", password = {{ env = \"NAME\" }} }}, or "
                  "{{ env = \"NAME\" }} of a variable that holds USER:PASSWORD",
                  node.key));
  return false;
}

/// The values of the one scheme in `table`, of those that may be there; the others are refused by
/// name.
void ReadScheme(const Node& table, std::span<const SchemeKeys> schemes, ErrorList& errors,
                HttpAuth& auth) {
  TableReader reader(table, errors);
  const Node* first = nullptr;
  std::vector<const Node*> given;
  std::string names;
  for (const SchemeKeys& keys : schemes) {
    names += fmt::format("{}, ", keys.name);
    const bool takes_pair = keys.scheme == Scheme::kBasic || keys.scheme == Scheme::kDigest;
    const Node* node = reader.Take(keys.name);
    if (node == nullptr || !IsTable(*node, takes_pair, errors)) continue;
    given.push_back(node);
    SchemeReader values(*node, errors);
    HttpAuth read;
    read.scheme = keys.scheme;
    if (takes_pair && IsSecretReference(*node)) {
      SplitPair(*node, values.Value(*node, true), read, errors);
    } else {
      keys.read(values, read);
      values.reader().Done();
    }
    auth = std::move(read);
  }
  names += "bearer";
  if (const Node* bearer = reader.Take("bearer")) {
    given.push_back(bearer);
    auth = HttpAuth{};
    auth.scheme = Scheme::kBearer;
    auth.token = SchemeReader(table, errors).Value(*bearer, true);
  }
  reader.Done([&](const Node& unknown) {
    const bool is_scheme =
        std::any_of(kSchemes.begin(), kSchemes.end(),
                    [&](const SchemeKeys& keys) { return keys.name == unknown.key; });
    if (is_scheme) {
      errors.Add(unknown.key_position,
                 fmt::format("{} is nothing for an upstream: {}", unknown.key, names));
    }
    return is_scheme;
  });
  for (const Node& child : table.children) {
    if (std::find(given.begin(), given.end(), &child) == given.end()) continue;
    if (first == nullptr) {
      first = &child;
    } else {
      errors.Add(
          child.key_position,
          fmt::format("{} beside {}: a request proves who asks in one way", child.key, first->key));
    }
  }
  if (table.children.empty()) {
    errors.Add(table.position, "auth names no scheme: " + names);
  }
}

bool HasUser(const Node* target) {
  if (target == nullptr || target->kind != NodeKind::kString) return false;
  const auto parsed = ParseTarget(target->text);
  if (!parsed) return false;
  const auto url = io::ParseUrl(parsed->url.Reveal());
  return url && !(url->user.empty() && url->password.empty());
}

/// Null where there is no `auth`.
const Node* ReadWithHeaders(TableReader& reader, std::span<const SchemeKeys> schemes,
                            HttpOptions& http) {
  const Node* node = reader.Take("auth", NodeKind::kTable);
  if (node == nullptr) return nullptr;
  ReadScheme(*node, schemes, reader.errors(), http.auth);
  const bool has_field = std::any_of(
      http.headers.begin(), http.headers.end(),
      [](const auto& header) { return EqualsIgnoringCase(header.first, "Authorization"); });
  if (has_field) {
    reader.errors().Add(node->key_position,
                        "auth beside a header Authorization: leave one of them out");
  }
  return node;
}

}  // namespace

void ReadAuth(TableReader& reader, HttpOptions& http) {
  const Node* node = ReadWithHeaders(reader, kSchemes, http);
  if (node != nullptr && HasUser(reader.table().Find("target"))) {
    reader.errors().Add(node->key_position,
                        "auth beside a user in the target: leave one of them out");
  }
}

void ReadUpstreamAuth(TableReader& reader, HttpOptions& http) {
  ReadWithHeaders(reader, kUpstreamSchemes, http);
}

}  // namespace gaikei
