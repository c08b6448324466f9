#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "checks/io/net/url.h"
#include "checks/journey/capture.h"
#include "checks/journey/condition.h"
#include "checks/journey/template.h"

namespace {

using gaikei::Condition;
using gaikei::Place;
using gaikei::Secret;
using gaikei::Template;
using gaikei::Variables;

void CheckError(std::size_t offset, const std::string& message, std::string_view text) {
  if (offset > text.size() || message.empty()) __builtin_trap();
  for (const char c : message) {
    if (static_cast<unsigned char>(c) < 0x20) __builtin_trap();
  }
}

bool BreaksALine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

/// With a plain value in every place it is JSON: then so it is with any value.
void CheckJson(const Template& compiled, std::string_view filled) {
  Variables plain("x", gaikei::WallTime{});
  for (const std::string& name : compiled.Names()) {
    if (!gaikei::IsBuiltIn(name)) plain.Set(name, Secret("1", false));
  }
  const auto before = compiled.Expand(plain);
  if (!before || !nlohmann::json::accept(before->Reveal())) return;
  if (!nlohmann::json::accept(filled)) __builtin_trap();
}

/// A value changes neither the host nor the number of path segments of a URL that names its host.
void CheckUrl(const Template& compiled, std::string_view filled) {
  if (!compiled.HostNames().empty()) return;
  const auto before = gaikei::io::ParseUrl(compiled.Sample().Reveal());
  if (!before) return;
  const auto after = gaikei::io::ParseUrl(filled);
  if (!after) return;
  if (!gaikei::io::IsSameOrigin(*before, *after)) __builtin_trap();
  const auto slashes = [](const std::string& url) {
    const std::string path = url.substr(0, url.find('?'));
    return std::count(path.begin(), path.end(), '/');
  };
  if (slashes(before->text) != slashes(after->text)) __builtin_trap();
}

void FuzzTemplate(std::string_view text, std::string_view value, Place place) {
  const auto compiled = Template::Compile(text, place);
  if (!compiled) return CheckError(compiled.error().offset, compiled.error().message, text);
  Variables variables("tokyo", gaikei::WallTime{});
  for (const std::string& name : compiled->Names()) {
    if (!gaikei::IsBuiltIn(name)) variables.Set(name, Secret(std::string(value), false));
  }
  const auto filled = compiled->Expand(variables);
  if (!filled) return CheckError(0, filled.error(), text);
  if (place == Place::kHeader && BreaksALine(filled->Reveal()) && !BreaksALine(text)) {
    __builtin_trap();
  }
  if (place == Place::kJson) CheckJson(*compiled, filled->Reveal());
  if (place == Place::kUrl) CheckUrl(*compiled, filled->Reveal());
}

void FuzzCondition(std::string_view text, std::string_view value) {
  const auto compiled = Condition::Compile(text);
  if (!compiled) return CheckError(compiled.error().column, compiled.error().message, text);
  Variables variables("tokyo", gaikei::WallTime{});
  static_cast<void>(compiled->Holds(variables));
  if (!gaikei::IsBuiltIn(compiled->name())) {
    variables.Set(compiled->name(), Secret(std::string(value)));
  }
  static_cast<void>(compiled->Holds(variables));
}

}  // namespace

/// The first byte chooses the place; the rest of the first line is a text with ${name}, a condition
/// and what a value is captured from; what follows is the value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  const auto place = static_cast<Place>(static_cast<unsigned char>(input.front()) % 6);
  input.remove_prefix(1);
  const std::string_view text = input.substr(0, input.find('\n'));
  std::string_view value = input.substr(text.size());
  if (!value.empty()) value.remove_prefix(1);

  FuzzTemplate(text, value, place);
  FuzzCondition(text, value);
  const auto capture = gaikei::CompiledCapture::Compile(text);
  if (!capture) CheckError(capture.error().offset, capture.error().message, text);
  return 0;
}
