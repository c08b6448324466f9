#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "checks/expect/expect.h"

namespace gaikei::expect {

/// A source that answers what a test put into it, and Missing "nothing there" else.
class ScriptSource : public Source {
 public:
  ScriptSource& Set(Subject subject, Value value) { return Set(subject, "", std::move(value)); }
  ScriptSource& Set(Subject subject, std::string argument, Value value) {
    values_[{subject, std::move(argument)}] = std::move(value);
    return *this;
  }
  /// From now on texts are only the beginning of longer ones.
  ScriptSource& Cut() {
    is_cut_ = true;
    return *this;
  }

  Value Get(Subject subject, std::string_view argument) const override {
    const auto it = values_.find({subject, std::string(argument)});
    return it == values_.end() ? Value(Missing{"nothing there"}) : it->second;
  }
  bool IsCut(Subject) const override { return is_cut_; }

 private:
  std::map<std::pair<Subject, std::string>, Value> values_;
  bool is_cut_ = false;
};

}  // namespace gaikei::expect
