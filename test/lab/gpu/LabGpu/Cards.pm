# The cards of a recorded machine, and what is kept of them between calls: settings, MIG instances and jobs in /var/lib/lab-gpu.
package LabGpu::Cards;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(slurp fail cards setting set_to field_title play recorded need_root);

my $recording = $ENV{LAB_GPU_RECORDING} // '/usr/local/lib/lab-gpu';
my $state = $ENV{LAB_GPU_STATE} // '/var/lib/lab-gpu';
my $prepared = "$recording/query-gpu.csv";

sub slurp { my ($path) = @_; open my $in, '<', $path or return ''; local $/; my $text = <$in>; return $text // ''; }
sub recorded { my ($file) = @_; return slurp("$recording/$file"); }
sub fail { my ($code, $text) = @_; print $text; exit $code; }

sub setting { my ($card, $name) = @_; my $text = slurp("$state/card$card->{index}/$name"); chomp $text; return $text; }
sub set_to {
  my ($card, $name, $value) = @_;
  mkdir "$state/card$card->{index}";
  open my $out, '>', "$state/card$card->{index}/$name" or fail(255, "Unknown Error\n");
  print $out "$value\n";
  close $out;
}

# What every changing command says to a user who is not root. nvidia-smi(1), return code 4.
sub need_root {
  my ($what, $card) = @_;
  return if $> == 0;
  fail(4, "Unable to $what for GPU $card->{value}{'pci.bus_id'}: Insufficient Permissions\nTerminating early due to previous errors.\n");
}

my %title;
sub field_title { my ($name) = @_; return $title{$name} // $name; }

# A card is { index, value => { field => text }, jobs => { pid => { mib, name } } }.
my @cards;
sub cards {
  return @cards if @cards;
  return @cards = from_csv(slurp($prepared)) if -e $prepared;
  return @cards = from_q(recorded('idle.q.txt')) unless -e "$recording/idle.query-gpu.csv";
  return @cards = from_csv(recorded((%{ jobs_of(0) } ? 'load' : 'idle') . '.query-gpu.csv'));
}

# A machine of several cards as CSV, made when its node is, because reading its 80 KB takes a node most of a second.
sub prepare {
  return if -e "$recording/idle.query-gpu.csv";
  my @found = from_q(recorded('idle.q.txt'), 1);
  my @names = sort keys %{ $found[0]{value} };
  open my $out, '>', $prepared or die "$prepared: $!\n";
  print $out join(', ', map { field_title($_) } @names), "\n";
  for my $card (@found) { print $out join(', ', map { $card->{value}{$_} } @names), "\n"; }
  close $out;
}

sub csv_row { my ($line) = @_; chomp $line; return split /, ?/, $line, -1; }

# One line per card under a line of titles, idle and under load.
sub from_csv {
  my ($text) = @_;
  my @found;
  my ($titles, @rows) = split /\n/, $text;
  my @heads = csv_row($titles // '');
  for my $row (@rows) {
    my @cells = csv_row($row);
    my %value;
    for my $at (0 .. $#heads) {
      my ($name) = $heads[$at] =~ /^(\S+)/;
      $title{$name} = $heads[$at];
      $value{$name} = $cells[$at] // '';
    }
    my $index = @found;
    # The recording has its UUID blanked; two nodes must not show one card.
    if ($value{uuid} =~ /^GPU-0{8}/ && slurp('/etc/machine-id') =~ /^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})/) { $value{uuid} = "GPU-$1-$2-$3-$4-$5"; }
    $value{index} = $index;
    push @found, lively({ index => $index, value => \%value, jobs => jobs_of($index) });
  }
  return @found;
}

# Where `nvidia-smi -q` has what --query-gpu calls by another name.
my %place = (
  'uuid' => 'GPU UUID', 'name' => 'Product Name', 'serial' => 'Serial Number', 'pci.bus_id' => 'PCI/Bus Id', 'pci.device_id' => 'PCI/Device Id',
  'persistence_mode' => 'Persistence Mode', 'compute_mode' => 'Compute Mode', 'pstate' => 'Performance State', 'fan.speed' => 'Fan Speed',
  'mig.mode.current' => 'MIG Mode/Current', 'mig.mode.pending' => 'MIG Mode/Pending', 'utilization.gpu' => 'Utilization/Gpu',
  'utilization.memory' => 'Utilization/Memory', 'memory.total' => 'FB Memory Usage/Total', 'memory.used' => 'FB Memory Usage/Used',
  'memory.free' => 'FB Memory Usage/Free', 'temperature.gpu' => 'Temperature/GPU Current Temp', 'temperature.memory' => 'Temperature/Memory Current Temp',
  'power.draw' => 'GPU Power Readings/Power Draw', 'power.limit' => 'GPU Power Readings/Current Power Limit',
  'power.min_limit' => 'GPU Power Readings/Min Power Limit', 'power.max_limit' => 'GPU Power Readings/Max Power Limit',
  'clocks.current.sm' => 'Clocks/SM', 'clocks.current.graphics' => 'Clocks/Graphics', 'clocks.current.memory' => 'Clocks/Memory',
  'clocks.max.sm' => 'Max Clocks/SM', 'ecc.mode.current' => 'ECC Mode/Current', 'retired_pages.pending' => 'Retired Pages/Pending Page Blacklist',
  'remapped_rows.pending' => 'Remapped Rows/Pending', 'remapped_rows.failure' => 'Remapped Rows/Remapping Failure Occurred',
  'pcie.link.gen.current' => 'PCI/GPU Link Info/PCIe Generation/Current',
  'pcie.link.gen.max' => 'PCI/GPU Link Info/PCIe Generation/Max', 'pcie.link.width.current' => 'PCI/GPU Link Info/Link Width/Current',
  'pcie.link.width.max' => 'PCI/GPU Link Info/Link Width/Max',
);
my %unit = (MiB => 'MiB', '%' => '%', W => 'W', MHz => 'MHz');
my %bit = (Idle => 0x1, 'SW Power Cap' => 0x4, 'HW Slowdown' => 0x8, 'Sync Boost' => 0x10, 'SW Thermal Slowdown' => 0x20,
  'HW Slowdown/HW Thermal Slowdown' => 0x40, 'HW Slowdown/HW Power Brake Slowdown' => 0x80);

sub from_q {
  my ($text, $is_bare) = @_;
  my ($driver) = $text =~ /^Driver Version\s*: (\S+)/m;
  my ($head, @blocks) = split /^GPU (?=[0-9A-F]{8}:)/m, $text;
  my @found;
  for my $block (@blocks) {
    my $leaf = leaves($block);
    my %value = map { $_ => $leaf->{$place{$_}} // '[N/A]' } keys %place;
    for my $name (keys %value) {
      $value{$name} =~ s/^N\/A$/[N\/A]/;
      $value{$name} =~ s/ C$//;
      $value{$name} =~ s/^(\d+)x$/$1/;
      my ($word) = $value{$name} =~ / (\S+)$/;
      $title{$name} = defined $word && $unit{$word} ? "$name [$word]" : $name;
    }
    my $mask = 0;
    for my $reason (keys %bit) { $mask |= $bit{$reason} if ($leaf->{"Clocks Event Reasons/$reason"} // '') eq 'Active'; }
    $value{'clocks_event_reasons.active'} = sprintf '0x%016X', $mask;
    my $volatile = 'ECC Errors/Volatile';
    $value{'ecc.errors.corrected.volatile.total'} = ($leaf->{"$volatile/SRAM Correctable"} // 0) + ($leaf->{"$volatile/DRAM Correctable"} // 0);
    $value{'ecc.errors.uncorrected.volatile.total'} = ($leaf->{"$volatile/SRAM Uncorrectable Parity"} // 0)
      + ($leaf->{"$volatile/SRAM Uncorrectable SEC-DED"} // 0) + ($leaf->{"$volatile/DRAM Uncorrectable"} // 0);
    my $index = @found;
    @value{qw(index count driver_version)} = ($index, scalar @blocks, $driver);
    my $card = { index => $index, value => \%value, jobs => $is_bare ? {} : jobs_of($index) };
    push @found, $is_bare ? $card : lively($card);
  }
  return @found;
}

# `A/B/C` => value of the indented lines of one card.
sub leaves {
  my ($block) = @_;
  my (%leaf, @path);
  for my $line (split /\n/, $block) {
    my ($blank, $key, $value) = $line =~ /^( +)(\S.*?)\s*(?:: (.*?))?\s*$/ or next;
    my $depth = length($blank) / 4 - 1;
    splice @path, $depth;
    $path[$depth] = $key;
    $leaf{join '/', @path} = $value if defined $value;
  }
  return \%leaf;
}

# Jobs of a card: files named by process id that hold `MIB NAME`.
sub jobs_of {
  my ($index) = @_;
  my %jobs;
  for my $path (glob "$state/jobs/card$index-*") {
    my ($pid) = $path =~ /-(\d+)$/ or next;
    next unless -d "/proc/$pid";
    my ($mib, $name) = split ' ', slurp($path), 2;
    chomp $name;
    $jobs{$pid} = { mib => $mib, name => $name };
  }
  return \%jobs;
}

# What was set stays set; clocks, heat and power of a card under load are never quite the same twice.
sub lively {
  my ($card) = @_;
  my $value = $card->{value};
  my $wave = sin(time / 7 + $card->{index});
  my %kept = ('compute_mode' => 'compute-mode', 'persistence_mode' => 'persistence', 'mig.mode.current' => 'mig', 'mig.mode.pending' => 'mig-pending',
    'power.limit' => 'power-limit');
  for my $name (keys %kept) { my $set = setting($card, $kept{$name}); $value->{$name} = $set if $set ne ''; }
  $value->{'temperature.gpu'} = $1 + int(2 * $wave) if $value->{'temperature.gpu'} =~ /^(\d+)/;
  return $card unless %{ $card->{jobs} };
  my $used = 0;
  $used += $_->{mib} for values %{ $card->{jobs} };
  my ($total) = $value->{'memory.total'} =~ /(\d+)/;
  my $percent = 96 + int(4 * $wave);
  $value->{'memory.used'} = "$used MiB";
  $value->{'memory.free'} = ($total - $used) . ' MiB';
  $value->{'utilization.gpu'} = ($percent > 100 ? 100 : $percent) . ' %' if $value->{'utilization.gpu'} =~ /\d/;
  my ($limit) = $value->{'power.limit'} =~ /^([\d.]+)/;
  if ($value->{'power.draw'} =~ /^([\d.]+)/) {
    my $draw = $1 + 9 * $wave;
    $value->{'power.draw'} = sprintf '%.2f W', defined $limit && $draw > $limit ? $limit : $draw;
  }
  my $clock = setting($card, 'clock');
  $value->{'clocks.current.sm'} = $value->{'clocks.current.graphics'} = "$clock MHz" if $clock ne '';
  return $card;
}

# A recorded text with the settings of this moment in the lines of `nvidia-smi -q` that hold them.
sub play {
  my ($file, @wanted) = @_;
  my ($head, @blocks) = split /^(?=GPU [0-9A-Fa-f]{8}:)/m, recorded($file);
  my $text = $head;
  for my $card (@wanted) {
    my $block = $blocks[$card->{index}] // next;
    my $value = $card->{value};
    $block =~ s/GPU-0{8}-0{4}-0{4}-0{4}-0{12}/$value->{uuid}/g;
    $block =~ s/^(    Persistence Mode +: ).*$/$1$value->{persistence_mode}/m;
    $block =~ s/^(    Compute Mode +: ).*$/$1$value->{compute_mode}/m;
    $block =~ s/(    MIG Mode\n +Current +: ).*\n( +Pending +: ).*/$1$value->{'mig.mode.current'}\n$2$value->{'mig.mode.pending'}/;
    $block =~ s/(GPU Power Readings\n(?:.*\n)*? +Current Power Limit +: ).*\n( +Requested Power Limit +: ).*/$1$value->{'power.limit'}\n$2$value->{'power.limit'}/;
    $text .= $block;
  }
  return $text;
}
1;
