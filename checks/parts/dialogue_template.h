#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/secret.h"

namespace gaikei {

/// The text of a send, with its references to groups of the match before: $1 ... $9, ${1}, ${name};
/// $$ is a dollar. Immutable, any thread.
class DialogueTemplate {
 public:
  DialogueTemplate() = default;
  /// `before` is the pattern of the last expect before; null: there is none. A secret is sent as it
  /// is: a dollar in a password is no reference. The error says which group there is not.
  static tl::expected<DialogueTemplate, std::string> Compile(const Secret& text,
                                                             const re2::RE2* before);

  /// `groups`: the whole match first; one that took no part is empty. Absent when the result would
  /// be longer than `limit`.
  std::optional<std::string> Fill(const std::vector<std::string>& groups, std::size_t limit) const;

 private:
  struct Piece {
    Secret text;
    std::size_t group = 0;  ///< filled in behind the text; 0: none
  };
  std::vector<Piece> pieces_;
};

}  // namespace gaikei
