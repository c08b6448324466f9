#include "probe/import/curl_step.h"

#include <fmt/format.h>

#include <algorithm>

#include "checks/http/cookies.h"
#include "checks/io/net/address.h"
#include "checks/io/net/url.h"
#include "probe/config/headers.h"
#include "probe/config/reader.h"
#include "probe/import/header_keys.h"
#include "probe/import/import_url.h"
#include "probe/import/request_body.h"
#include "probe/import/template_text.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

using Refused = tl::unexpected<std::string>;
using Done = tl::expected<void, std::string>;

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

/// curl reads {a,b} and [1-3] as several URLs; an IPv6 address stands in brackets too.
bool IsGlob(std::string_view url) {
  if (url.find('{') != std::string_view::npos) return true;
  const std::size_t bracket = url.find('[');
  if (bracket == std::string_view::npos) return false;
  const bool is_host = bracket == 0 || url[bracket - 1] == '/' || url[bracket - 1] == '@';
  return !is_host || url.find('[', bracket + 1) != std::string_view::npos;
}

std::string WithQuery(const std::string& url, const std::string& query) {
  if (query.empty()) return url;
  const std::string bare = url.substr(0, url.find('#'));
  return bare + (bare.find('?') == std::string::npos ? "?" : "&") + query;
}

std::string MethodOf(const CurlRequest& request) {
  if (!request.method.empty()) return request.method;
  if (request.is_head) return "HEAD";
  const bool has_body = (request.has_data && !request.uses_get) || !request.parts.empty();
  return has_body ? "POST" : "GET";
}

/// A header for each -H, and what others of curl's options mean in headers.
tl::expected<HeaderList, std::string> HeadersOf(const CurlRequest& request, ImportedStep& step) {
  HeaderList headers;
  for (const std::string& line : request.headers) {
    const std::size_t colon = line.find(':');
    std::string_view value =
        colon == std::string::npos ? std::string_view() : std::string_view(line).substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    if (colon != std::string::npos && !value.empty()) {
      headers.emplace_back(line.substr(0, colon), std::string(value));
    } else if (line.ends_with(';') && colon == std::string::npos) {
      headers.emplace_back(line.substr(0, line.size() - 1), std::string());
    } else {
      step.comments.push_back(
          fmt::format("a header that curl leaves out: {}", Escape(line.substr(0, colon))));
    }
  }
  if (request.is_json) {
    AddHeaderUnlessThere(headers, "Content-Type", "application/json");
    AddHeaderUnlessThere(headers, "Accept", "application/json");
  }
  return headers;
}

Done AddAuth(const CurlRequest& request, const HeaderList& headers, ImportedStep& step,
             SecretNames& secrets) {
  const bool is_in_url = std::any_of(step.keys.begin(), step.keys.end(),
                                     [](const auto& key) { return key.first == "auth"; });
  const unsigned ways = (is_in_url ? 1U : 0U) + (request.bearer.empty() ? 0U : 1U) +
                        (request.user ? 1U : 0U) +
                        (HeaderValue(headers, "Authorization").empty() ? 0U : 1U);
  if (ways > 1) {
    return Refused(
        "-u, --oauth2-bearer, a user in the URL and a header Authorization: one of them");
  }
  if (!request.bearer.empty()) {
    const std::string use = fmt::format("step \"{}\": bearer token", step.name);
    step.keys.emplace_back("auth",
                           TomlValue::Table{{"bearer", secrets.Put("token", request.bearer, use)}});
  }
  if (!request.user) return {};
  const std::size_t colon = std::min(request.user->find(':'), request.user->size());
  const std::string user = request.user->substr(0, colon);
  std::string password = request.user->substr(std::min(colon + 1, request.user->size()));
  // curl would ask for it; two users that are asked have passwords of their own.
  if (colon == request.user->size()) password = "asked for " + user;
  if (user.empty() || password.empty() || HasControl(user)) {
    return Refused("-u: a user and a password are needed");
  }
  step.keys.emplace_back("auth", PasswordAuth(request.auth, user, password, step.name, secrets));
  return {};
}

/// -b, each cookie a secret. The last of the same name counts.
Done AddCookies(const CurlRequest& request, const HeaderList& headers, ImportedStep& step,
                SecretNames& secrets) {
  if (request.cookies.empty()) return {};
  if (!HeaderValue(headers, "Cookie").empty()) return Refused("-b beside a header Cookie");
  TomlValue::Table cookies;
  std::string_view rest = request.cookies;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    while (pair.ends_with(' ')) pair.remove_suffix(1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return Refused("-b: a cookie is NAME=VALUE");
    const std::string name(pair.substr(0, equals));
    const std::string value(pair.substr(equals + 1));
    if (std::string why = WhyNoCookie(name, Secret(value)); !why.empty()) {
      return Refused("-b: " + why);
    }
    std::erase_if(cookies, [&](const auto& known) { return known.first == name; });
    cookies.emplace_back(
        name, value.empty() ? TomlValue("")
                            : secrets.Put("cookie " + name, value,
                                          fmt::format("step \"{}\": cookie {}", step.name, name)));
  }
  step.keys.emplace_back("cookies", std::move(cookies));
  return {};
}

/// The header Content-Type has no boundary that anybody knew.
Done AddParts(const CurlRequest& request, HeaderList& headers, ImportedStep& step,
              SecretNames& secrets) {
  if (request.has_data) return Refused("-F beside -d");
  TomlValue::Array parts;
  for (const CurlPart& part : request.parts) {
    if (HasControl(part.type)) return Refused("-F: a type with control characters");
    const bool is_secret = IsNamedLikeASecret(part.name) && !part.text.empty();
    const std::string use = fmt::format("step \"{}\": part {}", step.name, part.name);
    TomlValue::Table table = {{"name", part.name},
                              {"value", is_secret ? secrets.Put(part.name, part.text, use)
                                                  : TomlValue(TemplateText(part.text))}};
    if (!part.type.empty()) table.emplace_back("type", part.type);
    parts.emplace_back(std::move(table));
  }
  if (!HeaderValue(headers, "Content-Type").empty()) {
    step.comments.push_back("Content-Type follows from the parts");
    RemoveHeader(headers, "Content-Type");
  }
  step.keys.emplace_back("multipart", std::move(parts));
  return {};
}

Done AddBody(const CurlRequest& request, HeaderList& headers, ImportedStep& step,
             SecretNames& secrets) {
  if (!request.parts.empty()) return AddParts(request, headers, step, secrets);
  if (!request.has_data || request.uses_get) return {};
  AddHeaderUnlessThere(headers, "Content-Type", kFormType);
  const std::string type = HeaderValue(headers, "Content-Type");
  ImportedBody body = ImportBody(type, request.data, step.name, secrets);
  if (!body.brings.empty() && EqualsIgnoringCase(type, body.brings))
    RemoveHeader(headers, "Content-Type");
  step.keys.emplace_back(std::move(body.key), std::move(body.value));
  return {};
}

std::string Unbracketed(std::string text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

/// Parts between colons; those inside brackets do not count.
std::vector<std::string> BetweenColons(const std::string& text) {
  std::vector<std::string> parts(1);
  bool is_bracketed = false;
  for (const char c : text) {
    is_bracketed = (is_bracketed || c == '[') && c != ']';
    if (c == ':' && !is_bracketed) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// The address of --resolve HOST:PORT:ADDRESS, or of --connect-to HOST:PORT:ADDRESS:PORT, where
/// they concern the URL.
Done AddAddress(const CurlRequest& request, const io::Url& url, ImportedStep& step) {
  std::string address;
  const auto concerns = [&](const std::vector<std::string>& parts) {
    return (parts[0].empty() || EqualsIgnoringCase(Unbracketed(parts[0]), url.host) ||
            parts[0] == "*") &&
           (parts[1].empty() || parts[1] == std::to_string(url.port));
  };
  for (const std::string& entry : request.resolve) {
    std::vector<std::string> parts = BetweenColons(entry);
    if (parts.size() > 3 && entry.find('[') == std::string::npos) {
      // An IPv6 address without brackets.
      for (std::size_t i = 3; i < parts.size(); ++i) parts[2] += ":" + parts[i];
      parts.resize(3);
    }
    if (parts.size() != 3 || parts[0].empty() || parts[1].empty()) {
      return Refused("--resolve is not HOST:PORT:ADDRESS");
    }
    if (concerns(parts)) address = Unbracketed(parts[2].substr(0, parts[2].find(',')));
  }
  for (const std::string& entry : request.connect_to) {
    const std::vector<std::string> parts = BetweenColons(entry);
    if (parts.size() != 4) return Refused("--connect-to is not HOST:PORT:HOST:PORT");
    if (!concerns(parts)) continue;
    if (!parts[3].empty() && parts[3] != std::to_string(url.port)) {
      return Refused("--connect-to another port cannot be imported");
    }
    if (!parts[2].empty()) address = Unbracketed(parts[2]);
  }
  if (address.empty()) return {};
  if (!io::Address::Parse(address, 0)) {
    return Refused(fmt::format("\"{}\" is no numeric address to connect to", Escape(address)));
  }
  step.keys.emplace_back("address", address);
  return {};
}

/// The port that curl takes where a proxy has none.
constexpr std::uint16_t kProxyPort = 1080;

Done AddProxy(const CurlRequest& request, ImportedStep& step, SecretNames& secrets) {
  if (request.proxy.empty()) {
    return request.proxy_user.empty() ? Done() : Refused("-U without -x");
  }
  const bool has_scheme = request.proxy.find("://") != std::string::npos;
  const auto url = io::ParseUrl(has_scheme ? request.proxy : "http://" + request.proxy);
  if (!url) return Refused("-x: " + url.error().message);
  const bool is_http = url->scheme == "http";
  if (!is_http && url->scheme != "socks5" && url->scheme != "socks5h") {
    return Refused("-x: a proxy that is none of http, socks5 and socks5h");
  }
  if (url->host.empty()) return Refused("-x: the proxy has no host");
  // libcurl tells the scheme's own port where none is written.
  const std::string authority = request.proxy.substr(request.proxy.rfind('@') + 1);
  const bool has_port =
      url->port != 0 && (!is_http || url->port != 80 || authority.find(":80") != std::string::npos);
  const bool is_ipv6 = url->host.find(':') != std::string::npos;
  const std::string address =
      fmt::format("{}://{}:{}", url->scheme, is_ipv6 ? "[" + url->host + "]" : url->host,
                  has_port ? url->port : kProxyPort);
  std::string user(url->user.Reveal());
  std::string password(url->password.Reveal());
  if (!request.proxy_user.empty()) {
    const std::size_t colon = std::min(request.proxy_user.find(':'), request.proxy_user.size());
    user = request.proxy_user.substr(0, colon);
    password = request.proxy_user.substr(std::min(colon + 1, request.proxy_user.size()));
  }
  if (user.empty() && password.empty()) {
    step.keys.emplace_back("proxy", address);
    return {};
  }
  if (user.empty() || password.empty() || HasControl(user) || !IsValidUtf8(user) ||
      (is_http && user.find(':') != std::string::npos) || user.size() > 255) {
    return Refused("-x, -U: a user and a password are needed");
  }
  const std::string use = fmt::format("step \"{}\": password of the proxy", step.name);
  step.keys.emplace_back(
      "proxy", TomlValue::Table{{"url", address},
                                {"user", user},
                                {"password", secrets.Put("proxy password", password, use)}});
  return {};
}

/// The last of the same name counts, as with curl.
Done AddPlainKeys(const CurlRequest& request, ImportedStep& step) {
  for (const auto& entry : request.keys) {
    const std::string& key = entry.first;
    const TomlValue& value = entry.second;
    const auto* text = std::get_if<std::string>(&value.value);
    if (text != nullptr && (text->empty() || HasControl(*text))) {
      return Refused(fmt::format("nothing that can be {}", key));
    }
    const auto known = std::find_if(step.keys.begin(), step.keys.end(),
                                    [&](const auto& other) { return other.first == key; });
    if (known != step.keys.end()) {
      known->second = value;
    } else {
      step.keys.emplace_back(key, value);
    }
  }
  return {};
}

/// curl stops at the first answer unless it is told to follow, and takes any status for a success
/// unless -f says otherwise.
void AddVerdict(const CurlRequest& request, ImportedStep& step) {
  const bool has_limit = std::any_of(step.keys.begin(), step.keys.end(),
                                     [](const auto& key) { return key.first == "max_redirects"; });
  if (!request.follows) {
    std::erase_if(step.keys, [](const auto& key) { return key.first == "max_redirects"; });
    step.keys.emplace_back("max_redirects", std::int64_t{0});
  } else if (!has_limit) {
    step.keys.emplace_back("max_redirects", std::int64_t{50});
  }
  if (!request.follows || request.fails) {
    step.keys.emplace_back("expect", TomlValue::Array{"status < 400"});
  }
}

}  // namespace

tl::expected<ImportedStep, std::string> CurlStep(const CurlRequest& request, const std::string& url,
                                                 const std::vector<ImportedStep>& others,
                                                 SecretNames& secrets) {
  if (request.globs && IsGlob(url)) {
    return Refused("a URL with {} or [] means several; write each, or -g");
  }
  const std::string method = MethodOf(request);
  if (!IsToken(method)) return Refused("-X: no HTTP method");
  ImportedStep step;
  const std::string whole = request.uses_get ? WithQuery(url, request.data) : url;
  step.name = StepName(method, BareUrl(whole), others);
  step.comments = request.comments;
  if (auto done = ImportUrl(whole, step, secrets); !done) return Refused(done.error());
  const auto parsed = io::ParseUrl(BareUrl(whole));
  if (!parsed) return Refused(parsed.error().message);
  if (method != "GET") step.keys.insert(step.keys.begin() + 1, {"method", method});

  auto headers = HeadersOf(request, step);
  if (!headers) return Refused(headers.error());
  // The body may bring its Content-Type, which then is none of the headers: it is read first, and
  // written behind them.
  ImportedStep body;
  body.name = step.name;
  if (auto done = AddBody(request, *headers, body, secrets); !done) return Refused(done.error());
  if (auto done = AddHeaders(*headers, step, secrets); !done) return Refused(done.error());
  step.comments.insert(step.comments.end(), body.comments.begin(), body.comments.end());
  step.keys.insert(step.keys.end(), body.keys.begin(), body.keys.end());
  if (auto done = AddAuth(request, *headers, step, secrets); !done) return Refused(done.error());
  if (auto done = AddCookies(request, *headers, step, secrets); !done) {
    return Refused(done.error());
  }
  if (auto done = AddAddress(request, *parsed, step); !done) return Refused(done.error());
  if (auto done = AddProxy(request, step, secrets); !done) return Refused(done.error());
  if (auto done = AddPlainKeys(request, step); !done) return Refused(done.error());
  AddVerdict(request, step);
  return step;
}

}  // namespace gaikei
