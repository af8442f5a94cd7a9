//! Products, prices and coupons.

use stripe::coupons::{CreateCoupon, ListCoupons, UpdateCoupon};
use stripe::prices::{CreatePrice, CreateRecurringParams, ListPrices, UpdatePrice};
use stripe::products::{CreateProduct, ListProducts, UpdateProduct};

use super::{ScenarioServer, Tested};

async fn a_product_is_created_changed_listed_and_deleted(server: ScenarioServer) -> Tested {
    let products = server.client()?.products();
    let created = products
        .create(CreateProduct::new("Gold plan").description("For teams"))
        .await?;
    assert_eq!(created.name, "Gold plan");
    assert_eq!(created.description.as_deref(), Some("For teams"));
    assert!(created.active && created.images.is_empty());

    let changed = products
        .update(&created.id, UpdateProduct::new().name("Golden plan"))
        .await?;
    assert_eq!(changed.name, "Golden plan");
    let found = products.retrieve(&created.id).await?;
    assert_eq!(found.id, created.id);

    let listed = products.list(ListProducts::new().active(true)).await?;
    assert_eq!(listed.data.len(), 1);
    let listed = products.list(ListProducts::new().active(false)).await?;
    assert!(listed.data.is_empty());

    let deleted = products.delete(&created.id).await?;
    assert_eq!(deleted.id, created.id);
    assert!(products.retrieve(&created.id).await.is_err());
    Ok(())
}

async fn a_price_is_created_changed_and_listed_by_product(server: ScenarioServer) -> Tested {
    // localstripe knows plans only; prices are one of the gaps that are filled.
    let client = server.client()?;
    let prices = client.prices();
    let gold = client.products().create(CreateProduct::new("Gold")).await?;
    let silver = client
        .products()
        .create(CreateProduct::new("Silver"))
        .await?;

    let monthly = prices
        .create(
            CreatePrice::new("usd")
                .product(&gold.id)
                .unit_amount(1_000)
                .recurring(CreateRecurringParams::new("month").interval_count(3)),
        )
        .expand(["product"])
        .await?;
    assert_eq!(monthly.type_.as_str(), "recurring");
    assert_eq!(monthly.unit_amount, Some(1_000));
    let recurring = monthly.recurring.as_ref().ok_or("not recurring")?;
    assert_eq!(recurring.interval.as_str(), "month");
    assert_eq!(recurring.interval_count, 3);
    let product = monthly.product.get()?.and_then(|found| found.live());
    assert_eq!(product.map(|found| found.name.as_str()), Some("Gold"));

    let once = prices
        .create(CreatePrice::new("usd").product(&silver.id).unit_amount(250))
        .await?;
    assert_eq!(once.type_.as_str(), "one_time");
    assert!(once.recurring.is_none());
    assert!(!once.product.is_expanded());

    let listed = prices.list(ListPrices::new().product(&gold.id)).await?;
    assert_eq!(listed.data.len(), 1);
    assert_eq!(listed.data[0].id, monthly.id);

    let retired = prices
        .update(&once.id, UpdatePrice::new().active(false))
        .await?;
    assert!(!retired.active);
    assert!(!prices.retrieve(&once.id).await?.active);
    Ok(())
}

async fn coupons_take_off_a_share_or_an_amount(server: ScenarioServer) -> Tested {
    let coupons = server.client()?.coupons();
    // Stripe generates an id if there is none; localstripe requires one. It may be any text, so it
    // has to be escaped in the path.
    let odd_id = "spring 10%/off?";
    let share = coupons
        .create(
            CreateCoupon::new()
                .id(odd_id)
                .percent_off(12.5)
                .duration("repeating")
                .duration_in_months(3),
        )
        .await?;
    assert_eq!(share.percent_off, Some(12.5));
    assert_eq!(share.duration_in_months, Some(3));
    assert!(share.valid && share.amount_off.is_none());

    let amount = coupons
        .create(
            CreateCoupon::new()
                .id("five")
                .amount_off(500)
                .currency("usd")
                .duration("once"),
        )
        .await?;
    assert_eq!(amount.amount_off, Some(500));

    let changed = coupons
        .update(&amount.id, UpdateCoupon::new().name("Five off"))
        .await;
    if server.is_localstripe() {
        // It has no names of coupons.
        assert!(changed.is_err_and(|error| error.is_invalid_request()));
    } else {
        assert_eq!(changed?.name.as_deref(), Some("Five off"));
    }
    let changed = coupons
        .update(&amount.id, UpdateCoupon::new().metadata([("by", "sales")]))
        .await?;
    assert!(changed.metadata.is_some_and(|metadata| metadata.len() == 1));

    let listed = coupons.list(ListCoupons::new()).await?;
    assert_eq!(listed.data.len(), 2);
    let deleted = coupons.delete("five").await?;
    assert_eq!(deleted.id, amount.id);
    assert!(coupons.retrieve("five").await.is_err());
    Ok(())
}

async fn an_id_is_escaped_in_the_path(server: ScenarioServer) -> Tested {
    let coupons = server.client()?.coupons();
    for id in ["spring 10%off?", "été & co", "a+b=c#d", "%2F", "50%25"] {
        let params = CreateCoupon::new()
            .id(id)
            .percent_off(10.0)
            .duration("once");
        coupons.create(params).await?;
        let found = coupons.retrieve(id).await?;
        assert_eq!(found.id.as_str(), id);
    }
    Ok(())
}

scenarios! {
    a_product_is_created_changed_listed_and_deleted: start,
    a_price_is_created_changed_and_listed_by_product: start_with_gaps_filled,
    coupons_take_off_a_share_or_an_amount: start,
    an_id_is_escaped_in_the_path: start,
}
