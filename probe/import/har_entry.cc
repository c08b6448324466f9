#include "probe/import/har_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "results/ascii.h"
#include "results/http_text.h"
#include "results/json.h"

namespace gaikei {
namespace {

/// A HAR is some ten levels deep, whatever it records is text in it.
constexpr int kArchiveDepthLimit = 32;

struct TooDeep {};

/// Null where there is none: every getter below takes that for "nothing".
const Json& Member(const Json& object, const char* name) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto it = object.find(name);
  return it == object.end() ? kNothing : *it;
}

std::string TextOf(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

double NumberOf(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  const double number = value.is_number() ? value.get<double>() : 0;
  return std::isfinite(number) ? number : 0;
}

void ReadBody(const Json& post, HarEntry& entry) {
  entry.body_type = TextOf(post, "mimeType");
  entry.body = TextOf(post, "text");
  const Json& params = Member(post, "params");
  if (params.is_array()) {
    std::string form;
    for (const Json& param : params) {
      entry.has_files = entry.has_files || !TextOf(param, "fileName").empty();
      if (!form.empty()) form += '&';
      form += FormEncoded(TextOf(param, "name"));
      form += '=';
      form += FormEncoded(TextOf(param, "value"));
    }
    if (entry.body.empty() && entry.body_type.find("urlencoded") != std::string::npos) {
      entry.body = form;
    }
  }
  entry.has_body = !entry.body.empty();
}

HarEntry EntryOf(const Json& json) {
  HarEntry entry;
  const Json& request = Member(json, "request");
  const Json& response = Member(json, "response");
  entry.method = TextOf(request, "method");
  entry.url = TextOf(request, "url");
  entry.type = LowerCase(TextOf(json, "_resourceType"));
  const Json& headers = Member(request, "headers");
  if (headers.is_array()) {
    for (const Json& header : headers) {
      entry.headers.emplace_back(TextOf(header, "name"), TextOf(header, "value"));
    }
  }
  ReadBody(Member(request, "postData"), entry);
  const double status = NumberOf(response, "status");
  entry.status = status >= 100 && status <= 599 ? static_cast<int>(status) : 0;
  entry.answer_type = LowerCase(TextOf(Member(response, "content"), "mimeType"));
  entry.time = std::max(NumberOf(json, "time"), 0.0);
  return entry;
}

}  // namespace

tl::expected<std::vector<HarEntry>, std::string> ReadHarEntries(std::string_view text) {
  Json json;
  try {
    json = Json::parse(text, [](int depth, Json::parse_event_t, Json&) {
      if (depth > kArchiveDepthLimit) throw TooDeep{};
      return true;
    });
  } catch (const TooDeep&) {
    return tl::unexpected(std::string("nested more deeply than a HAR is"));
  } catch (const Json::parse_error& error) {
    return tl::unexpected(fmt::format("no JSON: something is wrong at byte {}", error.byte));
  } catch (const Json::exception&) {
    return tl::unexpected(std::string("JSON with a number that is out of range"));
  }
  const Json& entries = Member(Member(json, "log"), "entries");
  if (!entries.is_array()) return tl::unexpected(std::string("no HAR: log.entries is missing"));
  std::vector<std::pair<std::string, HarEntry>> ordered;
  for (const Json& entry : entries) {
    ordered.emplace_back(TextOf(entry, "startedDateTime"), EntryOf(entry));
  }
  // RFC 3339 in one zone: text order is time order. Recorders write entries as they end.
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<HarEntry> result;
  result.reserve(ordered.size());
  for (auto& [began, entry] : ordered) result.push_back(std::move(entry));
  return result;
}

}  // namespace gaikei
