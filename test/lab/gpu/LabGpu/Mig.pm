# Multi-instance GPU: the mode, and instances made, listed and destroyed by the rules of an 80 GB Hopper card. NVIDIA MIG User Guide,
# "Supported MIG Profiles" and "Getting Started with MIG"; return codes are those of NVML.
package LabGpu::Mig;
use strict;
use warnings;
use LabGpu::Cards;
use Exporter 'import';
our @EXPORT = qw(set_mig mig_command mig_devices);

my ($NO_PERMISSION, $NOT_FOUND, $IN_USE, $NO_ROOM, $INVALID) = (4, 6, 19, 23, 2);

# name, id, most, memory slices, compute slices, where it may start, first instance id, memory in GiB, multiprocessors
my @PROFILES = (
  ['1g.10gb', 19, 7, 1, 1, [0 .. 6], 7, '9.75', 16], ['1g.10gb+me', 20, 1, 1, 1, [0 .. 6], 7, '9.75', 16],
  ['1g.20gb', 15, 4, 2, 1, [0, 2, 4, 6], 7, '19.62', 26], ['2g.20gb', 14, 3, 2, 2, [0, 2, 4], 3, '19.62', 32],
  ['3g.40gb', 9, 2, 4, 3, [0, 4], 1, '39.50', 60], ['4g.40gb', 5, 1, 4, 4, [0], 1, '39.50', 64], ['7g.80gb', 0, 1, 8, 7, [0], 0, '79.25', 132],
);

sub profile_of { my ($word) = @_; my ($found) = grep { $word eq $_->[0] || $word eq "MIG $_->[0]" || $word eq $_->[1] } @PROFILES; return $found; }

# An instance is { id, profile, start, has_compute }; kept as lines `ID PROFILE START COMPUTE`, at first as recorded.
sub instances {
  my ($card) = @_;
  my $kept = setting($card, 'instances');
  return [] if $kept eq 'none';
  return [map { my ($id, $name, $start, $compute) = split; { id => $id, profile => profile_of($name), start => $start, has_compute => $compute } } split /\n/, $kept]
    if $kept ne '';
  my $made = [];
  my ($own) = grep { /^GPU $card->{index}:/ } split /^(?=GPU )/m, recorded('L.txt');
  for my $name (($own // '') =~ /^  MIG (\S+)/mg) { add($made, profile_of($name), 1) if profile_of($name); }
  return $made;
}

sub keep {
  my ($card, $all) = @_;
  set_to($card, 'instances', @$all ? join("\n", map { "$_->{id} $_->{profile}[0] $_->{start} $_->{has_compute}" } @$all) : 'none');
}

# Puts one where there is room for it; undef where there is none.
sub add {
  my ($all, $profile, $has_compute) = @_;
  my ($name, undef, $most, $size, $slices, $starts, $first) = @$profile;
  my (%taken, %ids, $used, $same);
  ($used, $same) = (0, 0);
  for my $one (@$all) {
    $taken{$_} = 1 for $one->{start} .. $one->{start} + $one->{profile}[3] - 1;
    $ids{ $one->{id} } = 1;
    $used += $one->{profile}[4];
    $same += 1 if $one->{profile}[0] eq $name;
  }
  return undef if $used + $slices > 7 || $same >= $most;
  # From the end, so that a small one leaves the most room.
  for my $start (reverse @$starts) {
    next if grep { $taken{$_} } $start .. $start + $size - 1;
    my $id = $first;
    $id += 1 while $ids{$id};
    my $one = { id => $id, profile => $profile, start => $start, has_compute => $has_compute };
    push @$all, $one;
    return $one;
  }
  return undef;
}

sub is_on { my ($card) = @_; return $card->{value}{'mig.mode.current'} eq 'Enabled'; }

# Lines of `nvidia-smi -L` below a card.
sub mig_devices {
  my ($card) = @_;
  return () unless is_on($card);
  my $at = 0;
  my ($tail) = $card->{value}{uuid} =~ /^GPU-(.*)$/;
  return map { sprintf "  MIG %-11s Device %2d: (UUID: MIG-%08x-%s)\n", $_->{profile}[0], $at++, $_->{id}, substr($tail, 9) }
    grep { $_->{has_compute} } @{ instances($card) };
}

sub set_mig {
  my ($mode, @cards) = @_;
  my $wish = $mode eq '1' ? 'Enabled' : $mode eq '0' ? 'Disabled' : fail($INVALID, "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n");
  for my $card (@cards) {
    my $bus = $card->{value}{'pci.bus_id'};
    need_root('set MIG mode', $card);
    if ($card->{value}{'mig.mode.current'} !~ /abled/) { fail(3, "Unable to enable MIG Mode for GPU $bus: Not Supported\nTerminating early due to previous errors.\n"); }
    if ($wish eq 'Disabled' && is_on($card) && (%{ $card->{jobs} } || @{ instances($card) })) {
      fail($IN_USE, "Unable to disable MIG Mode for GPU $bus: In use by another client\nTerminating early due to previous errors.\n");
    }
    set_to($card, 'mig-pending', $wish);
    if (%{ $card->{jobs} } && !is_on($card)) {
      print "Warning: MIG mode is in pending enable state for GPU $bus:In use by another client\n",
        "$bus is currently being used by one or more other processes (e.g. CUDA application or a monitoring application such as another instance of ",
        "nvidia-smi). Please first kill all processes using the device and retry the command or reboot the system to make MIG mode effective.\n";
      next;
    }
    set_to($card, 'mig', $wish);
    set_to($card, 'instances', 'none') unless is_on($card) && $wish eq 'Enabled';
    print "$wish MIG Mode for GPU $bus\n";
  }
  print "All done.\n";
}

# nvidia-smi mig …
sub mig_command {
  my ($option, @cards) = @_;
  my @on = grep { is_on($_) } @cards;
  fail($NOT_FOUND, "No MIG-enabled devices found.\n") unless @on;
  return create($option, @on) if defined $option->{'-cgi'};
  return create_compute($option, @on) if defined $option->{'-cci'};
  return destroy($option, 'compute', @on) if defined $option->{'-dci'};
  return destroy($option, 'GPU', @on) if defined $option->{'-dgi'};
  return list_profiles(@on) if defined $option->{'-lgip'};
  return list_instances(@on) if defined $option->{'-lgi'};
  return list_compute(@on) if defined $option->{'-lci'};
  fail($INVALID, "Invalid combination of input arguments. Please run 'nvidia-smi mig -h' for help.\n\n");
}

my %WORDS = ($NO_PERMISSION => 'Insufficient Permissions', $IN_USE => 'In use by another client', $NO_ROOM => 'Insufficient Resources', $INVALID => 'Invalid Argument');

sub made_compute { my ($card, $one) = @_; return sprintf "Successfully created compute instance ID %2d on GPU %2d GPU instance ID %2d using profile MIG %s (ID %2d)\n", 0, $card->{index}, $one->{id}, $one->{profile}[0], $one->{profile}[4] - 1; }

sub create {
  my ($option, @cards) = @_;
  for my $card (@cards) {
    my $all = instances($card);
    for my $word (split /,/, $option->{'-cgi'}) {
      my $profile = profile_of($word);
      my $code = $> != 0 ? $NO_PERMISSION : !$profile ? $INVALID : 0;
      my $one = $code ? undef : add($all, $profile, defined $option->{'-C'} ? 1 : 0);
      $code ||= $one ? 0 : $NO_ROOM;
      keep($card, $all) if $> == 0;
      fail($code, sprintf "Unable to create a GPU instance on GPU %2d using profile %s: %s\nFailed to create GPU instances: %s\n", $card->{index}, $word, $WORDS{$code}, $WORDS{$code}) if $code;
      printf "Successfully created GPU instance ID %2d on GPU %2d using profile MIG %s (ID %2d)\n", $one->{id}, $card->{index}, $profile->[0], $profile->[1];
      print made_compute($card, $one) if $one->{has_compute};
    }
  }
}

sub wanted { my ($option, $one) = @_; return !defined $option->{'-gi'} || grep { $_ eq $one->{id} } split /,/, $option->{'-gi'}; }

sub create_compute {
  my ($option, @cards) = @_;
  for my $card (@cards) {
    need_root('create compute instances', $card);
    my $all = instances($card);
    for my $one (grep { wanted($option, $_) && !$_->{has_compute} } @$all) { $one->{has_compute} = 1; print made_compute($card, $one); }
    keep($card, $all);
  }
}

# Compute instances go before their GPU instance, and neither while a job is on the card.
sub destroy {
  my ($option, $kind, @cards) = @_;
  for my $card (@cards) {
    my $all = instances($card);
    my @chosen = grep { wanted($option, $_) && ($kind eq 'GPU' || $_->{has_compute}) } @$all;
    fail($NOT_FOUND, "No $kind instances found: Not Found\n") unless @chosen;
    for my $one (@chosen) {
      my $code = $> != 0 ? $NO_PERMISSION : %{ $card->{jobs} } || ($kind eq 'GPU' && $one->{has_compute}) ? $IN_USE : 0;
      my $which = $kind eq 'GPU' ? sprintf('GPU instance ID %2d from GPU %2d', $one->{id}, $card->{index})
        : sprintf('compute instance ID %2d from GPU %2d GPU instance ID %2d', 0, $card->{index}, $one->{id});
      fail($code, "Unable to destroy $which: $WORDS{$code}\nFailed to destroy $kind instances: $WORDS{$code}\n") if $code;
      if ($kind eq 'GPU') { $all = [grep { $_ != $one } @$all] } else { $one->{has_compute} = 0 }
      keep($card, $all);
      print "Successfully destroyed $which\n";
    }
  }
}

my $RULE = '+' . '-' x 79 . "+\n";

sub list_profiles {
  my (@cards) = @_;
  printf "%s| %-78s|\n| %-78s|\n| %-78s|\n|%s|\n", $RULE, 'GPU instance profiles:', 'GPU   Name               ID    Instances   Memory     P2P    SM    DEC   ENC',
    '                               Free/Total   GiB              CE    JPEG  OFA', '=' x 79;
  for my $card (@cards) {
    for my $profile (@PROFILES) {
      my $all = [@{ instances($card) }];
      my $free = 0;
      $free += 1 while add($all, $profile, 0);
      printf "| %-78s|\n%s", sprintf('%3d  MIG %-13s %3d    %2d/%-2d        %5s      No    %3d    %2d     0', $card->{index}, $profile->[0], $profile->[1], $free, $profile->[2],
        $profile->[7], $profile->[8], $profile->[4]), $RULE;
    }
  }
}

sub list_instances {
  my (@cards) = @_;
  my @rows = map { my $card = $_; map { [$card, $_] } sort { $a->{id} <=> $b->{id} } @{ instances($card) } } @cards;
  fail($NOT_FOUND, "No GPU instances found: Not Found\n") unless @rows;
  my $rule = '+' . '-' x 55 . "+\n";
  printf "%s| %-54s|\n| %-54s|\n| %-54s|\n|%s|\n", $rule, 'GPU instances:', 'GPU   Name             Profile  Instance   Placement', '                         ID       ID       Start:Size', '=' x 55;
  for my $row (@rows) {
    my ($card, $one) = @$row;
    printf "| %-54s|\n%s", sprintf('%3d  MIG %-12s %4d     %4d          %d:%d', $card->{index}, $one->{profile}[0], $one->{profile}[1], $one->{id}, $one->{start}, $one->{profile}[3]), $rule;
  }
}

sub list_compute {
  my (@cards) = @_;
  my @rows = map { my $card = $_; map { [$card, $_] } grep { $_->{has_compute} } sort { $a->{id} <=> $b->{id} } @{ instances($card) } } @cards;
  fail($NOT_FOUND, "No compute instances found: Not Found\n") unless @rows;
  my $rule = '+' . '-' x 68 . "+\n";
  printf "%s| %-67s|\n| %-67s|\n| %-67s|\n| %-67s|\n|%s|\n", $rule, 'Compute instances:', 'GPU     GPU       Name             Profile   Instance   Placement',
    '      Instance                       ID        ID       Start:Size', '        ID', '=' x 68;
  for my $row (@rows) {
    my ($card, $one) = @$row;
    printf "| %-67s|\n%s", sprintf('%3d %6d       MIG %-15s %3d         0          0:%d', $card->{index}, $one->{id}, $one->{profile}[0], $one->{profile}[4] - 1, $one->{profile}[4]), $rule;
  }
}
1;
