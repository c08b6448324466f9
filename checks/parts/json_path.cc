#include "checks/parts/json_path.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace gaikei {
namespace {

using Json = nlohmann::json;

constexpr int kDepthLimit = 64;

/// Before anything is built: nested brackets cost a parser more than a scan.
bool IsTooDeep(std::string_view text) {
  int depth = 0;
  bool is_in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string) {
      if (c == '\\') ++i;
      if (c == '"') is_in_string = false;
    } else if (c == '"') {
      is_in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDepthLimit) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

/// Takes "[N]" off the front; absent when there is none.
std::optional<std::size_t> TakeIndex(std::string_view& path) {
  const std::size_t end = path.find(']');
  if (path.empty() || path.front() != '[' || end == std::string_view::npos) return std::nullopt;
  std::size_t index = 0;
  const auto [stop, error] = std::from_chars(path.data() + 1, path.data() + end, index);
  if (error != std::errc() || stop != path.data() + end) return std::nullopt;
  path.remove_prefix(end + 1);
  return index;
}

/// Takes `["NAME"]` off the front; absent when there is none.
std::optional<std::string> TakeQuotedName(std::string_view& path) {
  if (path.size() < 2 || path[0] != '[' || (path[1] != '"' && path[1] != '\'')) return std::nullopt;
  const std::size_t close = path.find(path[1], 2);
  if (close == std::string_view::npos || path.substr(close + 1, 1) != "]") return std::nullopt;
  std::string name(path.substr(2, close - 2));
  path.remove_prefix(close + 2);
  return name;
}

/// Takes `NAME` or `.NAME` off the front.
std::string TakeName(std::string_view& path) {
  if (path.front() == '.') path.remove_prefix(1);
  const std::size_t end = std::min(path.find_first_of(".["), path.size());
  std::string name(path.substr(0, end));
  path.remove_prefix(end);
  return name;
}

JsonDocument::Found ValueOf(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_null()) return JsonDocument::Null{};
  return JsonDocument::Whole{json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace

struct JsonDocument::Impl {
  /// What stands at a path; null, with `none` filled in, where nothing does.
  const Json* Walk(std::string_view path, None& none) const;

  Json json;
  std::string error;  ///< empty: it was parsed
};

JsonDocument::JsonDocument(std::string_view text) : impl_(std::make_unique<Impl>()) {
  if (IsTooDeep(text)) {
    impl_->error = "the body is JSON nested deeper than 64";
    return;
  }
  impl_->json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (impl_->json.is_discarded()) impl_->error = "the body is no JSON";
}

JsonDocument::~JsonDocument() = default;

const Json* JsonDocument::Impl::Walk(std::string_view path, None& none) const {
  none = None{error, true};
  if (!error.empty()) return nullptr;
  none = None{"no such JSON value"};
  const Json* at = &json;
  while (!path.empty()) {
    if (const std::optional<std::size_t> index = TakeIndex(path)) {
      if (!at->is_array() || *index >= at->size()) return nullptr;
      at = &(*at)[*index];
      continue;
    }
    std::optional<std::string> name = TakeQuotedName(path);
    if (!name && path.front() == '[') {
      none = None{"malformed JSON path"};
      return nullptr;
    }
    if (!name) name = TakeName(path);
    if (!at->is_object()) return nullptr;
    const auto it = at->find(*name);
    if (it == at->end()) return nullptr;
    at = &*it;
  }
  return at;
}

JsonDocument::Found JsonDocument::Find(std::string_view path) const {
  None none;
  const Json* at = impl_->Walk(path, none);
  return at == nullptr ? Found(std::move(none)) : ValueOf(*at);
}

tl::expected<std::string, std::string> JsonDocument::Text(std::string_view path) const {
  None none;
  const Json* at = impl_->Walk(path, none);
  if (at == nullptr) return tl::unexpected(std::move(none.why));
  if (at->is_null()) return tl::unexpected(std::string("the JSON value is null"));
  if (at->is_string()) return at->get<std::string>();
  return at->dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gaikei
