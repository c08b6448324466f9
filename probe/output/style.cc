#include "probe/output/style.h"

#include <algorithm>
#include <cstdlib>

#include "results/ascii.h"

namespace gaikei {
namespace {

std::string_view Sequence(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kFaint:
      return "\x1b[2m";
    case Tone::kGood:
      return "\x1b[1;32m";
    case Tone::kCaution:
      return "\x1b[1;33m";
    case Tone::kBad:
      return "\x1b[1;31m";
    case Tone::kUnsure:
      return "\x1b[1;35m";
    case Tone::kResolve:
      return "\x1b[36m";
    case Tone::kConnect:
      return "\x1b[34m";
    case Tone::kTls:
      return "\x1b[35m";
    case Tone::kProcessing:
      return "\x1b[33m";
    case Tone::kTransfer:
      return "\x1b[32m";
  }
  return "";
}

/// Takes the first character off valid UTF-8; a stray byte counts as a character of its own.
char32_t TakeCharacter(std::string_view& text) {
  const auto byte = [&text](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t lead = byte(0);
  std::size_t length = 1;
  char32_t code = lead;
  if (lead >= 0xF0) {
    length = 4, code = lead & 0x07U;
  } else if (lead >= 0xE0) {
    length = 3, code = lead & 0x0FU;
  } else if (lead >= 0xC0) {
    length = 2, code = lead & 0x1FU;
  }
  length = std::min(length, text.size());
  for (std::size_t i = 1; i < length; ++i) code = (code << 6U) | (byte(i) & 0x3FU);
  text.remove_prefix(length);
  return code;
}

/// After Unicode's EastAsianWidth.txt (W and F) and the combining blocks in common use.
std::size_t ColumnsOf(char32_t code) {
  const auto within = [code](char32_t first, char32_t last) {
    return code >= first && code <= last;
  };
  if (within(0x300, 0x36F) || within(0x200B, 0x200F) || within(0xFE00, 0xFE0F)) return 0;
  if (within(0x1100, 0x115F) || within(0x2E80, 0xA4CF) || within(0xAC00, 0xD7A3) ||
      within(0xF900, 0xFAFF) || within(0xFE30, 0xFE6F) || within(0xFF00, 0xFF60) ||
      within(0xFFE0, 0xFFE6) || within(0x1F300, 0x1F64F) || within(0x1F900, 0x1F9FF) ||
      within(0x20000, 0x3FFFD)) {
    return 2;
  }
  return 1;
}

/// How many bytes of `text` fit into `columns`.
std::size_t BytesThatFit(std::string_view text, std::size_t columns) {
  std::string_view rest = text;
  std::size_t used = 0;
  std::size_t fitting = 0;
  while (!rest.empty()) {
    used += ColumnsOf(TakeCharacter(rest));
    if (used > columns) break;
    fitting = text.size() - rest.size();
  }
  return fitting;
}

}  // namespace

Tone ToneOf(Status status) {
  switch (status) {
    case Status::kPass:
      return Tone::kGood;
    case Status::kWarn:
      return Tone::kCaution;
    case Status::kFail:
      return Tone::kBad;
    case Status::kUnknown:
      return Tone::kUnsure;
  }
  return Tone::kPlain;
}

Tone ToneOf(Phase phase) {
  switch (phase) {
    case Phase::kResolve:
      return Tone::kResolve;
    case Phase::kConnect:
      return Tone::kConnect;
    case Phase::kTls:
      return Tone::kTls;
    case Phase::kProcessing:
      return Tone::kProcessing;
    case Phase::kTransfer:
      return Tone::kTransfer;
  }
  return Tone::kPlain;
}

std::string Style::Paint(Tone tone, std::string_view text) const {
  if (!color || tone == Tone::kPlain || text.empty()) return std::string(text);
  std::string painted(Sequence(tone));
  painted += text;
  painted += "\x1b[0m";
  return painted;
}

std::string_view Style::Mark(Status status) const {
  switch (status) {
    case Status::kPass:
      return utf8 ? "✔" : "+";
    case Status::kWarn:
      return "!";
    case Status::kFail:
      return utf8 ? "✘" : "x";
    case Status::kUnknown:
      return "?";
  }
  return "";
}

std::string_view Style::Arrow() const { return utf8 ? "→" : "->"; }
std::string_view Style::Dot() const { return utf8 ? "·" : "-"; }

std::string Style::Rule(std::size_t columns) const {
  std::string rule;
  for (std::size_t i = 0; i < columns; ++i) rule += utf8 ? "─" : "-";
  return rule;
}

bool IsUtf8Locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string lower = LowerCase(std::string_view(value));
    return lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
  }
  return false;
}

std::size_t DisplayWidth(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) columns += ColumnsOf(TakeCharacter(text));
  return columns;
}

std::string PadRight(std::string_view text, std::size_t columns) {
  std::string padded(text);
  const std::size_t width = DisplayWidth(text);
  if (width < columns) padded.append(columns - width, ' ');
  return padded;
}

std::string PadLeft(std::string_view text, std::size_t columns) {
  const std::size_t width = DisplayWidth(text);
  std::string padded(width < columns ? columns - width : 0, ' ');
  padded += text;
  return padded;
}

std::string Clip(std::string_view text, std::size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  constexpr std::string_view kCut = "...";
  if (columns <= kCut.size()) return std::string(text.substr(0, BytesThatFit(text, columns)));
  std::string clipped(text.substr(0, BytesThatFit(text, columns - kCut.size())));
  clipped += kCut;
  return clipped;
}

std::vector<std::string> Wrap(std::string_view text, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 2);
  std::vector<std::string> lines(1);
  std::size_t used = 0;
  while (!text.empty()) {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    std::size_t width = DisplayWidth(word);
    if (used > 0 && used + 1 + width > columns) {
      lines.emplace_back();
      used = 0;
    }
    while (width > columns) {
      const std::size_t bytes = BytesThatFit(word, columns);
      lines.back() = word.substr(0, bytes);
      lines.emplace_back();
      word.remove_prefix(bytes);
      width = DisplayWidth(word);
    }
    if (used > 0) {
      lines.back() += ' ';
      ++used;
    }
    lines.back() += word;
    used += width;
  }
  if (lines.size() > 1 && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace gaikei
