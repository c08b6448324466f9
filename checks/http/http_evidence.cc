#include "checks/http/http_evidence.h"

#include <optional>

#include "results/http_date.h"
#include "results/secret.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// The field, where it is there once and is a date.
std::optional<WallTime> LastModified(const io::ResponseHead& head) {
  const std::string* field = nullptr;
  for (const auto& [name, value] : head.fields()) {
    if (!io::EqualsIgnoringCase(name, "last-modified")) continue;
    if (field != nullptr) return std::nullopt;
    field = &value;
  }
  return field == nullptr ? std::nullopt : ParseHttpDate(*field, WallNow());
}

}  // namespace

void KeepAnswer(const io::HttpAnswer& answer, const Redactor& secrets, HttpEvidence& http) {
  http.status = answer.head.status();
  http.version = answer.head.version();
  http.size = answer.size;
  http.wire_size = answer.wire_size;
  http.content_length = answer.head.content_length();
  http.last_modified = LastModified(answer.head);
  http.headers.clear();
  for (const auto& [name, value] : answer.head.fields()) {
    http.headers.emplace_back(Escape(name, 80), IsCredentialHeader(name) || secrets.Reveals(value)
                                                    ? "<secret>"
                                                    : Escape(value));
  }
  http.notes.insert(http.notes.end(), answer.notes.begin(), answer.notes.end());
}

}  // namespace gaikei
