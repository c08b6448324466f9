#include "checks/http/http_source.h"

#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "checks/expect/json_path_syntax.h"

namespace gaikei {

using expect::Missing;
using expect::Subject;
using expect::Value;

namespace {

/// A value of a document as one that expressions look at; its texts are kept in `texts`.
template <typename Result>
Result OneOf(JsonDocument::Found found, std::deque<std::string>& texts) {
  struct Visitor {
    std::deque<std::string>& texts;
    Result operator()(JsonDocument::None& none) const {
      if constexpr (std::is_same_v<Result, Value>) {
        return Missing{std::move(none.why), none.is_untold};
      }
      return expect::JsonNull{};  // of several values none is nothing
    }
    Result operator()(double number) const { return number; }
    Result operator()(bool flag) const { return flag; }
    Result operator()(JsonDocument::Null) const { return expect::JsonNull{}; }
    Result operator()(std::string& text) const {
      return std::string_view(texts.emplace_back(std::move(text)));
    }
    Result operator()(JsonDocument::Whole& whole) const {
      return expect::JsonWhole{texts.emplace_back(std::move(whole.text))};
    }
  };
  return std::visit(Visitor{texts}, found);
}

}  // namespace

Value HttpSource::Get(Subject subject, std::string_view argument) const {
  switch (subject) {
    case Subject::kStatus:
      return static_cast<double>(answer_.head.status());
    case Subject::kHeader:
      return Header(argument);
    case Subject::kBody:
      return std::string_view(answer_.body);
    case Subject::kBodySize:
      return static_cast<double>(answer_.size);
    case Subject::kJson:
      return Json(argument);
    case Subject::kRedirects:
      return static_cast<double>(seen().http ? seen().http->redirects.size() : 0);
    case Subject::kHttpVersion:
      return std::string_view(answer_.head.version());
    default:
      return ObservationSource::Get(subject, argument);
  }
}

bool HttpSource::IsCut(Subject subject) const {
  return (subject == Subject::kBody || subject == Subject::kJson) &&
         answer_.size > answer_.body.size();
}

Value HttpSource::Header(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [field, value] : answer_.head.fields()) {
    if (io::EqualsIgnoringCase(field, name)) values.emplace_back(value);
  }
  if (values.empty()) return Missing{"no such header"};
  return values;
}

Value HttpSource::Json(std::string_view path) const {
  if (IsCut(Subject::kJson)) return Missing{"the body is too large to be inspected", true};
  if (!json_) json_ = std::make_unique<JsonDocument>(answer_.body);
  if (!expect::IsManyJsonPath(path)) return OneOf<Value>(json_->Find(path), texts_);
  JsonDocument::Many found = json_->FindAll(path);
  if (found.values.empty()) return Missing{std::move(found.none.why), found.none.is_untold};
  expect::JsonMany many;
  many.missing = found.missing;
  many.values.reserve(found.values.size());
  for (JsonDocument::Found& one : found.values) {
    many.values.push_back(OneOf<expect::JsonValue>(std::move(one), texts_));
  }
  return many;
}

}  // namespace gaikei
