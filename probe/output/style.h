#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "results/phases.h"
#include "results/reason.h"

namespace gaikei {

/// What a piece of text is, from which its colour follows.
enum class Tone : std::uint8_t {
  kPlain,
  kStrong,
  kFaint,
  kGood,
  kCaution,
  kBad,
  kUnsure,
  kResolve,  // the phases, each with its own colour
  kConnect,
  kTls,
  kProcessing,
  kTransfer,
};

Tone ToneOf(Status status);
Tone ToneOf(Phase phase);

/// Colours and characters a terminal can show. A value type.
struct Style {
  bool color = false;
  bool utf8 = true;

  /// The text in the tone's colour; the text itself where there are no colours.
  std::string Paint(Tone tone, std::string_view text) const;
  std::string_view Mark(
      Status status) const;        ///< one column: tick, exclamation mark, cross, question mark
  std::string_view Arrow() const;  ///< "->"
  std::string_view Dot() const;    ///< between facts of one line, one column
  std::string Rule(std::size_t columns) const;
};

/// True where LC_ALL, else LC_CTYPE, else LANG names UTF-8.
bool IsUtf8Locale();

/// Columns that valid UTF-8 without escape sequences takes: East Asian wide characters take two,
/// combining ones none.
std::size_t DisplayWidth(std::string_view text);
/// Filled up with blanks on the right; a longer text as it is.
std::string PadRight(std::string_view text, std::size_t columns);
/// Filled up with blanks on the left.
std::string PadLeft(std::string_view text, std::size_t columns);
/// Cut to `columns` with "..." at the end where it is longer.
std::string Clip(std::string_view text, std::size_t columns);
/// Lines of at most `columns`, broken at blanks; a word that is longer is broken inside. At least
/// one line.
std::vector<std::string> Wrap(std::string_view text, std::size_t columns);

}  // namespace gaikei
