#include "checks/json_path.h"

#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>

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

std::variant<JsonDocument::None, double, std::string> ValueOf(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

struct JsonDocument::Impl {
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

std::variant<JsonDocument::None, double, std::string> JsonDocument::Find(
    std::string_view path) const {
  if (!impl_->error.empty()) return None{impl_->error};
  const Json* at = &impl_->json;
  while (!path.empty()) {
    if (path.front() == '[') {
      const std::optional<std::size_t> index = TakeIndex(path);
      if (!index) return None{"malformed JSON path"};
      if (!at->is_array() || *index >= at->size()) return None{"no such JSON value"};
      at = &(*at)[*index];
      continue;
    }
    if (path.front() == '.') path.remove_prefix(1);
    const std::size_t end = path.find_first_of(".[");
    const std::string name(path.substr(0, end));
    if (!at->is_object()) return None{"no such JSON value"};
    const auto it = at->find(name);
    if (it == at->end()) return None{"no such JSON value"};
    at = &*it;
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return ValueOf(*at);
}

}  // namespace gaikei
