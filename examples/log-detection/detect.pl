#!/usr/bin/perl
# An own product before the range: the smallest program that the adapter `command` can try. It reads a line of JSON with a case, asks its product (here
# two rules over a line of a log), writes a line of JSON with the same id and a verdict, and waits for the next.
use strict;
use warnings;
use JSON::PP;

$| = 1;    # each answer goes out at once
while (my $line = <STDIN>) {
    my $given = decode_json($line);
    my $entry = $given->{case}{line};
    my $score = 0;
    $score += 5 if $entry =~ /Failed password for (?:root|admin)\b/;
    $score += 4 if $entry =~ /\.\.\/|union\s+select/i;
    $score += 1 if $entry =~ /\b40[134]\b/;
    print encode_json({id => $given->{id}, verdict => $score >= 4 ? "alert" : "pass", score => $score}), "\n";
}
