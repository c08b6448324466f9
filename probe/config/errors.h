#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/config/config.h"
#include "probe/config/document.h"

namespace gaikei {

/// Gathers what is wrong with a configuration, so that one run tells all of it.
class ErrorList {
 public:
  void Add(const Position& position, std::string message);
  /// Of a source that has no nodes; `order` as in SourceFile.
  void Add(ConfigError error, unsigned order);

  bool empty() const { return errors_.empty(); }
  /// Sorted by source (in the order they were read), line and column.
  std::vector<ConfigError> Take();

 private:
  struct Entry {
    unsigned order;
    ConfigError error;
  };
  std::vector<Entry> errors_;
};

/// `; did you mean "expect"?`, or nothing where no known name is near.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> known);

/// `"1.1", "2", "3"`
std::string Listed(std::span<const std::string_view> names);

/// "FILE:LINE:COLUMN" of a position, for messages that name a second place.
std::string Text(const Position& position);

/// What an errno means, beginning in lower case.
std::string ErrnoText(int error);

/// A text of the configuration between quotation marks, escaped.
std::string Quoted(std::string_view text);

}  // namespace gaikei
