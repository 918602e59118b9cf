package main

import (
	"fmt"

	"itms"
	"itms/cmd/itms/config"
	"itms/web/api"
	"itms/web/tmf"
)

// tmfAnnexes are the TM Forum APIs, for the REST door to serve.
func tmfAnnexes(b *base) []api.Annex {
	return tmf.New(tmf.Options{Store: b.store, Orders: b.engine, Subscriptions: b.engine, PublicURL: publicURL(b.config),
		Default: tmf.Mode(b.config.TMF.Default), Senders: tmfSenders(b.config.TMF), ServiceTypes: tmfServiceTypes(b.config.TMF)}).Annexes()
}

// tmfSenders are how senders are read, by their names.
func tmfSenders(c config.TMF) map[string]tmf.Mode {
	senders := map[string]tmf.Mode{}
	for _, e := range c.Senders {
		senders[e.Key] = tmf.Mode(fmt.Sprint(e.Value))
	}
	return senders
}

// tmfServiceTypes are what senders call services.
func tmfServiceTypes(c config.TMF) map[string]itms.ServiceType {
	words := map[string]itms.ServiceType{}
	for _, e := range c.ServiceTypes {
		words[e.Key] = itms.ServiceType(fmt.Sprint(e.Value))
	}
	return words
}
