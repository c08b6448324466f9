#include "probe/config/cookie_keys.h"

#include <fmt/format.h>

#include "checks/http/cookies.h"
#include "probe/config/headers.h"
#include "probe/config/secrets.h"

namespace gaikei {

void ReadCookies(TableReader& reader, HttpOptions& http) {
  const Node* node = reader.Take("cookies");
  if (node == nullptr) return;
  ErrorList& errors = reader.errors();
  if (node->kind == NodeKind::kBoolean) {
    http.keeps_cookies = node->boolean;
    return;
  }
  if (node->kind != NodeKind::kTable) {
    errors.Add(node->position, fmt::format("expected a boolean or a table of cookies, found {}",
                                           WithArticle(node->kind)));
    return;
  }
  for (const auto& [name, value] : http.headers) {
    if (!EqualsIgnoringCase(name, "Cookie")) continue;
    errors.Add(node->key_position, "cookies beside a header Cookie, which says the same");
    return;
  }
  for (const Node& cookie : node->children) {
    auto value = TextOrSecret(cookie, errors);
    if (!value) continue;
    // As the header field that it stands in.
    if (!value->is_secret()) value = Secret(std::string(value->Reveal()));
    if (std::string why = WhyNoCookie(cookie.key, *value); !why.empty()) {
      errors.Add(cookie.key_position, std::move(why));
      continue;
    }
    http.cookies.emplace_back(cookie.key, std::move(*value));
  }
}

}  // namespace gaikei
