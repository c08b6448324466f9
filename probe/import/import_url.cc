#include "probe/import/import_url.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/config/reader.h"
#include "probe/config/target.h"
#include "probe/import/request_body.h"
#include "probe/import/template_text.h"
#include "results/ascii.h"
#include "results/http_text.h"

namespace gaikei {
namespace {

using Refused = tl::unexpected<std::string>;

struct UrlParts {
  std::string before;  ///< scheme and "//"
  std::string user_info;
  std::string rest;  ///< host to query
};

UrlParts TakeApart(std::string_view url) {
  url = url.substr(0, url.find('#'));
  UrlParts parts;
  const std::size_t slashes = url.find("://");
  // A colon and slashes in the query are none of a scheme.
  const bool has_scheme = slashes != std::string_view::npos && url.find_first_of("/?") > slashes;
  parts.before = has_scheme ? std::string(url.substr(0, slashes + 3)) : "http://";
  std::string_view rest = has_scheme ? url.substr(slashes + 3) : url;
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (const auto at = rest.substr(0, end).rfind('@'); at != std::string_view::npos) {
    parts.user_info = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  parts.rest = rest;
  return parts;
}

/// A parameter of the query that has a value and is named like a secret; empty: none has.
std::string_view SecretParameter(std::string_view url) {
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return {};
  std::string_view query = url.substr(question + 1);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && equals + 1 < pair.size() &&
        IsNamedLikeASecret(pair.substr(0, equals))) {
      return pair.substr(0, equals);
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

bool IsHttp(std::string_view before) {
  const std::string scheme = LowerCase(before);
  return scheme == "http://" || scheme == "https://";
}

}  // namespace

std::string BareUrl(std::string_view url) {
  const UrlParts parts = TakeApart(url);
  return parts.before + parts.rest;
}

TomlValue PasswordAuth(const std::string& scheme, const std::string& user,
                       const std::string& password, const std::string& step, SecretNames& secrets) {
  const std::string use = fmt::format("step \"{}\": password of {}", step, scheme);
  const TomlValue secret = secrets.Put("password", password, use);
  return TomlValue::Table{
      {scheme, TomlValue::Table{{"user", TemplateText(user)}, {"password", secret}}}};
}

tl::expected<void, std::string> ImportUrl(std::string_view url, ImportedStep& step,
                                          SecretNames& secrets) {
  const UrlParts parts = TakeApart(url);
  if (!IsHttp(parts.before)) return Refused("a URL that is neither http nor https");
  const std::size_t colon = std::min(parts.user_info.find(':'), parts.user_info.size());
  const std::string user = PercentDecoded(parts.user_info.substr(0, colon));
  const std::string password = PercentDecoded(
      std::string_view(parts.user_info).substr(std::min(colon + 1, parts.user_info.size())));
  if (!IsPercentSound(parts.user_info) || !IsValidUtf8(user) || HasControl(user)) {
    return Refused("a URL whose user or password is encoded wrongly");
  }
  if (user.empty() != password.empty()) {
    return Refused("a URL with a user but no password, or the other way round");
  }
  const std::string bare = parts.before + parts.rest;
  if (!IsValidUtf8(bare)) return Refused("a URL that is not UTF-8; percent-encode it");
  if (const auto target = ParseTarget(bare); !target) return Refused(target.error());
  if (const auto parameter = SecretParameter(bare); !parameter.empty()) {
    const std::string use =
        fmt::format("step \"{}\": its URL, which has {} in its query", step.name, parameter);
    step.keys.emplace_back("target", secrets.Put("url", bare, use));
  } else {
    step.keys.emplace_back("target", TemplateText(bare));
  }
  if (user.empty()) return {};
  step.keys.emplace_back("auth", PasswordAuth("basic", user, password, step.name, secrets));
  return {};
}

}  // namespace gaikei
