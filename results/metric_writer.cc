#include "results/metric_writer.h"

#include "results/text.h"

namespace gaikei {
namespace {

/// Label values longer than this are cut: a server that asks for more wants harm.
constexpr std::size_t kMaxLabelValue = 4096;

/// Printable ASCII alone needs no closer look.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

LabelSet& LabelSet::Add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += ',';
  AppendLabelText(text_, name, value);
  labels_.push_back({std::string(name), LabelValue(value)});
  return *this;
}

std::string LabelName(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool is_digit = c >= '0' && c <= '9';
    if (is_digit && out.empty()) out += '_';
    out += is_letter || is_digit ? c : '_';
  }
  return out.empty() ? "_" : out;
}

std::string LabelValue(std::string_view text) {
  return IsPlain(text) ? std::string(text) : Escape(text, kMaxLabelValue);
}

void AppendEscaped(std::string& out, std::string_view text, bool with_quotes) {
  if (text.find_first_of("\n\\\"") == std::string_view::npos) {
    out += text;
    return;
  }
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (c == '"' && with_quotes)) out += '\\';
    out += c;
  }
}

void AppendLabelText(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += "=\"";
  if (IsPlain(value)) {
    AppendEscaped(out, value, true);
  } else {
    AppendEscaped(out, Escape(value, kMaxLabelValue), true);
  }
  out += '"';
}

}  // namespace gaikei
