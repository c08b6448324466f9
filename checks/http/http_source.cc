#include "checks/http/http_source.h"

#include <utility>
#include <variant>
#include <vector>

namespace gaikei {

using expect::Missing;
using expect::Subject;
using expect::Value;

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
  struct Visitor {
    std::deque<std::string>& texts;
    Value operator()(JsonDocument::None& none) const {
      return Missing{std::move(none.why), none.is_untold};
    }
    Value operator()(double number) const { return number; }
    Value operator()(bool flag) const { return flag; }
    Value operator()(JsonDocument::Null) const { return expect::JsonNull{}; }
    Value operator()(std::string& text) const {
      return std::string_view(texts.emplace_back(std::move(text)));
    }
    Value operator()(JsonDocument::Whole& whole) const {
      return expect::JsonWhole{texts.emplace_back(std::move(whole.text))};
    }
  };
  JsonDocument::Found found = json_->Find(path);
  return std::visit(Visitor{texts_}, found);
}

}  // namespace gaikei
