#include "checks/parts/json_path.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "checks/expect/json_path_syntax.h"
#include "results/json.h"

namespace gaikei {
namespace {

using expect::JsonPathPart;

constexpr int kDepthLimit = 64;
constexpr std::size_t kValuesLimit = 10'000;

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

JsonDocument::Found ValueOf(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_null()) return JsonDocument::Null{};
  return JsonDocument::Whole{JsonText(json)};
}

/// Characters of a text in UTF-8.
double LengthOf(const std::string& text) {
  const auto count = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  });
  return static_cast<double>(count);
}

/// `length` where no member is called so.
std::optional<double> LengthOf(const Json& json) {
  if (json.is_string()) return LengthOf(json.get_ref<const std::string&>());
  if (json.is_structured()) return static_cast<double>(json.size());
  return std::nullopt;
}

using Parts = std::span<const JsonPathPart>;

/// One step down; null where there is nothing.
const Json* Step(const Json& json, const JsonPathPart& part) {
  if (part.kind == JsonPathPart::Kind::kIndex) {
    return json.is_array() && part.index < json.size() ? &json[part.index] : nullptr;
  }
  if (part.kind != JsonPathPart::Kind::kName || !json.is_object()) return nullptr;
  const auto it = json.find(part.name);
  return it == json.end() ? nullptr : &*it;
}

/// What a path without `[*]` leads to.
JsonDocument::Found Walk(const Json& json, Parts parts) {
  const Json* at = &json;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Json* next = Step(*at, parts[i]);
    if (next == nullptr) {
      const bool is_length = i + 1 == parts.size() && !parts[i].is_quoted &&
                             parts[i].kind == JsonPathPart::Kind::kName &&
                             parts[i].name == "length";
      if (const auto length = is_length ? LengthOf(*at) : std::nullopt) return *length;
      return JsonDocument::None{"no such JSON value"};
    }
    at = next;
  }
  return ValueOf(*at);
}

/// Follows a path with `[*]`. False when there are too many values. The recursion is as deep as
/// the path has wildcards.
bool WalkAll(const Json& json, Parts parts, JsonDocument::Many& many) {
  const auto every = std::find_if(parts.begin(), parts.end(), [](const JsonPathPart& part) {
    return part.kind == JsonPathPart::Kind::kEvery;
  });
  if (every == parts.end()) {
    JsonDocument::Found found = Walk(json, parts);
    if (std::holds_alternative<JsonDocument::None>(found)) {
      ++many.missing;
      return true;
    }
    many.values.push_back(std::move(found));
    return many.values.size() <= kValuesLimit;
  }
  const Json* at = &json;
  for (auto part = parts.begin(); part != every && at != nullptr; ++part) at = Step(*at, *part);
  if (at == nullptr || !at->is_structured()) {
    ++many.missing;
    return true;
  }
  const Parts rest = parts.subspan(static_cast<std::size_t>(every - parts.begin()) + 1);
  return std::all_of(at->begin(), at->end(),
                     [&](const Json& element) { return WalkAll(element, rest, many); });
}

/// Absent for what is no path.
std::optional<std::vector<JsonPathPart>> Split(std::string_view path) {
  if (expect::FindJsonPathError(path)) return std::nullopt;
  return expect::SplitJsonPath(path);
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
  impl_->json = ParseJson(text);
  if (impl_->json.is_discarded()) impl_->error = "the body is no JSON";
}

JsonDocument::~JsonDocument() = default;

JsonDocument::Found JsonDocument::Find(std::string_view path) const {
  if (!impl_->error.empty()) return None{impl_->error, true};
  const auto parts = Split(path);
  if (!parts) return None{"malformed JSON path"};
  return Walk(impl_->json, *parts);
}

JsonDocument::Many JsonDocument::FindAll(std::string_view path) const {
  Many many;
  many.none = None{impl_->error, true};
  if (!impl_->error.empty()) return many;
  many.none = None{"malformed JSON path"};
  const auto parts = Split(path);
  if (!parts) return many;
  many.none = None{"no such JSON value"};
  if (WalkAll(impl_->json, *parts, many)) return many;
  many = {};
  many.none = None{"there are more than 10000 such JSON values", true};
  return many;
}

tl::expected<std::string, std::string> JsonDocument::Text(std::string_view path) const {
  if (!impl_->error.empty()) return tl::unexpected(impl_->error);
  const auto parts = Split(path);
  if (!parts) return tl::unexpected(std::string("malformed JSON path"));
  // A large integer is taken from the document as it stands there, not by way of a double.
  const Json* at = &impl_->json;
  for (const JsonPathPart& part : *parts) {
    at = Step(*at, part);
    if (at == nullptr) break;
  }
  if (at == nullptr) {
    const Found found = Walk(impl_->json, *parts);
    if (const double* length = std::get_if<double>(&found))
      return std::to_string(std::llround(*length));
    return tl::unexpected(std::get<None>(found).why);
  }
  if (at->is_null()) return tl::unexpected(std::string("the JSON value is null"));
  if (at->is_string()) return at->get<std::string>();
  return at->dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gaikei
