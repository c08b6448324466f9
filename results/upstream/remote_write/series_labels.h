#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/metric_writer.h"
#include "results/upstream/remote_write/label_rules.h"
#include "results/upstream/remote_write/request_writer.h"

namespace gaikei::remote_write {

/// Makes the labels of one series after the other, for one request: sorted by name, names unique,
/// no value empty, named by the rules.
class SeriesLabels {
 public:
  /// Both outlive it.
  SeriesLabels(const LabelRules& rules, RequestWriter& out) : rules_(rules), out_(out) {}

  /// Which series comes next, but for its name.
  void Set(const LabelSet& labels, std::span<const LabelView> more);
  /// Its labels as RequestWriter::AddSeries() wants them; valid until the next call. `le`: of a
  /// bucket, else empty.
  std::string_view Of(std::string_view metric_name, std::string_view le = {});

 private:
  struct Label {
    std::string name;
    std::string encoded;
  };
  void SetCommon(const LabelSet& labels);
  void SetMore(std::span<const LabelView> more);
  Label Encoded(std::string name, std::string_view value);

  const LabelRules& rules_;
  RequestWriter& out_;
  /// What common_ was made of: most series share it with the one before.
  std::vector<LabelSet::Label> given_;
  std::vector<Label> common_;
  std::vector<Label> more_;
  std::vector<const Label*> sorted_;  // of both
  std::string labels_;
};

}  // namespace gaikei::remote_write
