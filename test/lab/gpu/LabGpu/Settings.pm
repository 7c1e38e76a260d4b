# What changes a card: persistence, compute mode, power limit, clocks, reset. The words are nvidia-smi's own, also where it refuses.
package LabGpu::Settings;
use strict;
use warnings;
use LabGpu::Cards;
use Exporter 'import';
our @EXPORT = qw(set_persistence set_compute_mode set_power_limit lock_clocks reset_clocks reset_gpus);

my $INVALID = "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n";

sub bus { my ($card) = @_; return $card->{value}{'pci.bus_id'}; }

sub set_persistence {
  my ($mode, @cards) = @_;
  my %modes = (0 => 'Disabled', DISABLED => 'Disabled', 1 => 'Enabled', ENABLED => 'Enabled');
  my $wish = $modes{$mode} // fail(2, $INVALID);
  for my $card (@cards) {
    need_root('set persistence mode', $card);
    my $is = $card->{value}{persistence_mode};
    print $is eq $wish ? "Persistence mode is already $wish for GPU " . bus($card) . ".\n" : "$wish persistence mode for GPU " . bus($card) . ".\n";
    set_to($card, 'persistence', $wish);
  }
  print "All done.\n";
}

sub set_compute_mode {
  my ($mode, @cards) = @_;
  my %modes = (0 => 'DEFAULT', 2 => 'PROHIBITED', 3 => 'EXCLUSIVE_PROCESS');
  my %shown = (DEFAULT => 'Default', PROHIBITED => 'Prohibited', EXCLUSIVE_PROCESS => 'Exclusive_Process');
  my $wish = $modes{$mode} // $mode;
  fail(2, $INVALID) unless $shown{$wish};
  for my $card (@cards) {
    need_root('set the compute mode', $card);
    if ($card->{value}{compute_mode} eq $shown{$wish}) { print "Compute mode is already set to $wish for GPU " . bus($card) . ".\n"; next; }
    set_to($card, 'compute-mode', $shown{$wish});
    print "Set compute mode to $wish for GPU " . bus($card) . ".\n";
  }
  print "All done.\n";
}

sub set_power_limit {
  my ($watts, @cards) = @_;
  fail(2, $INVALID) unless $watts =~ /^\d+(?:\.\d+)?$/;
  for my $card (@cards) {
    my ($is, $least, $most) = map { ($card->{value}{$_} // '') =~ /^([\d.]+)/ ? $1 : undef } qw(power.limit power.min_limit power.max_limit);
    fail(3, 'Changing power management limit is not supported for GPU: ' . bus($card) . ".\n") unless defined $most;
    if ($watts < $least || $watts > $most) {
      fail(2, sprintf "Provided power limit %.2f W is not a valid power limit which should be between %.2f W and %.2f W for GPU %s\n%s",
        $watts, $least, $most, bus($card), "Terminating early due to previous errors.\n");
    }
    fail(4, 'Failed to set power management limit for GPU ' . bus($card) . ": Insufficient Permissions\nTerminating early due to previous errors.\n") if $> != 0;
    set_to($card, 'power-limit', sprintf '%.2f W', $watts);
    printf "Power limit for GPU %s was set to %.2f W from %.2f W.\n", bus($card), $watts, $is;
  }
  print "All done.\n";
}

sub lock_clocks {
  my ($range, @cards) = @_;
  my ($least, $most) = $range =~ /^(\d+)(?:,(\d+))?$/ or fail(2, $INVALID);
  $most //= $least;
  for my $card (@cards) {
    need_root('set gpu clocks', $card);
    set_to($card, 'clock', $most);
    printf "GPU clocks set to \"(gpuClkMin %d, gpuClkMax %d)\" for GPU %s\n", $least, $most, bus($card);
  }
  print "All done.\n";
}

sub reset_clocks {
  my (@cards) = @_;
  for my $card (@cards) { need_root('reset gpu clocks', $card); set_to($card, 'clock', ''); printf "All done.\n" if $card == $cards[-1]; }
}

# A card in use is not reset; one that is loses what was set, and what was pending is so.
sub reset_gpus {
  my (@cards) = @_;
  need_root('reset', $_) for @cards;
  my @busy = grep { %{ $_->{jobs} } } @cards;
  if (@busy) {
    print "The following GPUs could not be reset:\n", (map { '  GPU ' . bus($_) . ": In use by another client\n" } @busy), "\n";
    my $count = @busy == 1 ? '1 device is' : @busy . ' devices are';
    my $these = @busy == 1 ? 'this device' : 'these devices';
    fail(255, "$count currently being used by one or more other processes (e.g., Fabric Manager, CUDA application, graphics application such as an "
      . "X server, or a monitoring application such as another instance of nvidia-smi). Please first kill all processes using $these and all "
      . "compute applications running in the system.\n");
  }
  for my $card (@cards) {
    set_to($card, $_, '') for qw(clock compute-mode power-limit);
    set_to($card, 'instances', 'none');
    set_to($card, 'mig', $card->{value}{'mig.mode.pending'});
    print 'GPU ' . bus($card) . " was successfully reset.\n";
  }
  print "All done.\n";
}
1;
